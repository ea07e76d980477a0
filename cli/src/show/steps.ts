// How steps are shown while they happen: a spinner, a bar and a time on a terminal; plain lines elsewhere.

import { Listr, PRESET_TIMER } from 'listr2'
import { type Progress, progressBar } from './progress-bar.ts'

/** What a step tells of itself while it runs. */
export interface StepReport {
  readonly progress: (progress: Progress) => void
  /** What it is doing now. */
  readonly say: (text: string) => void
  /** How it ended, instead of its first title. */
  readonly done: (title: string) => void
}

/** Runs one step and shows it. Resolves and rejects with the step. */
export type Steps = <T>(title: string, work: (report: StepReport) => Promise<T>) => Promise<T>

/** How often a plain log repeats the progress: at each of so many parts. */
const plainParts = 10

/** @param options.terminal Whether the output is a terminal that may be written over. */
export function showSteps(options: {
  readonly terminal: boolean
  readonly columns?: number
}): Steps {
  return async <T>(title: string, work: (report: StepReport) => Promise<T>) => {
    const started: { outcome?: Promise<T> } = {}
    const list = new Listr(
      [
        {
          title,
          task: async (_, task) => {
            started.outcome = work(reportTo(task, options))
            await started.outcome.catch(() => {
              // What went wrong is told once, at the end of everything.
              throw new Error('see below')
            })
          },
        },
      ],
      {
        renderer: 'default',
        rendererOptions: { timer: PRESET_TIMER, collapseErrors: false, showErrorMessage: false },
        fallbackRenderer: 'simple',
        fallbackRendererOptions: { timer: PRESET_TIMER },
        fallbackRendererCondition: !options.terminal,
        // Ctrl-C is handled once, for everything that runs.
        registerSignalListeners: false,
        exitOnError: false,
      },
    )
    await list.run()
    if (started.outcome === undefined) throw new Error(`${title}: was not started`)
    return started.outcome
  }
}

function reportTo(
  task: { title: string; output: string },
  { terminal, columns = 80 }: { readonly terminal: boolean; readonly columns?: number },
): StepReport {
  let part = -1
  return {
    progress: (progress) => {
      const now = Math.floor((plainParts * progress.done) / Math.max(1, progress.total))
      if (!terminal && now === part) return
      part = now
      task.output = progressBar(progress, columns - 4)
    },
    say: (text) => {
      task.output = text
    },
    done: (text) => {
      task.title = text
    },
  }
}
