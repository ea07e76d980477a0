import { Counter, type Registry } from 'prom-client'

/** A counter whose counting is an addition. */
export type Tally<Label extends string> = {
  /** The function that counts one under these labels; it stands at zero from now on. Ask for it once where it is hot. */
  readonly of: (labels: Readonly<Record<Label, string>>) => () => void
}

/**
 * Registers a counter. prom-client looks up and checks the labels at each count, which is most of what counting costs; so
 * the numbers are kept here and told when they are asked for.
 */
export function createTally<Label extends string>(configuration: {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly Label[]
  readonly registers: Registry[]
}): Tally<Label> {
  type Labels = Readonly<Record<Label, string>>
  type Entry = { readonly labels: Labels; count: number; readonly add: () => void }
  const entries = new Map<string, Entry>()

  new Counter<Label>({
    ...configuration,
    collect() {
      this.reset()
      for (const { labels, count } of entries.values()) this.inc(labels, count)
    },
  })
  return {
    of: (labels) => {
      const key = configuration.labelNames.map((label) => labels[label]).join('\n')
      const known = entries.get(key)
      if (known !== undefined) return known.add
      const entry: Entry = { labels, count: 0, add: () => void entry.count++ }
      entries.set(key, entry)
      return entry.add
    },
  }
}
