// Looks for tokens where none may be: in everything that a run told anybody.

import { expect } from 'vitest'
import type { World } from './world.ts'

/** Whatever else a run produced, by a name for the report. */
export type Outputs = Readonly<Record<string, string>>

/** A token of the bundled service, and its beginning as base64 would show it. */
const clear = /lk_[0-9A-Za-z]{20,}/
const encoded = /bGtf[0-9A-Za-z+/]{27,}/

/** True when the text holds a token, in clear or as a Secret shows it. */
function holdsToken(text: string): boolean {
  return clear.test(text) || encoded.test(text)
}

/**
 * Expects that no log line, Event, ApiKey, KeyService or further output of this run holds a token. That the search would
 * find one is shown first, on the tokens of this very run.
 */
export async function expectNoTokenTold(world: World, further: Outputs = {}): Promise<void> {
  const secrets = await world.cluster.kubectl('get', 'secrets', '-A', '-o', 'json')
  expect(holdsToken(secrets), 'the search finds the tokens in Secrets').toBe(true)
  const [events, resources] = await Promise.all([
    world.cluster.kubectl('get', 'events', '-A', '-o', 'json'),
    world.cluster.kubectl('get', 'apikeys,keyservices,clusterkeyservices', '-A', '-o', 'json'),
  ])
  const outputs: Outputs = { logs: world.logged(), events, resources, ...further }
  for (const [name, text] of Object.entries(outputs)) {
    expect(text, `${name} were gathered`).not.toBe('')
    expect(leaks(text), `tokens in ${name}`).toEqual([])
  }
}

/** The places of tokens with what stands before them, and without the tokens themselves. */
function leaks(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const at = line.search(clear) >= 0 ? line.search(clear) : line.search(encoded)
    return at < 0 ? [] : [`${line.slice(Math.max(0, at - 120), at)}[token]`]
  })
}
