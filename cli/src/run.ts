import { resolve } from 'node:path'
import pc from 'picocolors'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { Interrupted, type Interruption, listenForInterruption } from './interruption.ts'
import { type Command, parseCommand, usage } from './options.ts'
import type { Session } from './session.ts'
import { showSteps } from './show/steps.ts'
import { uninstall } from './uninstall/uninstall.ts'
import { up } from './up/up.ts'

/** Owner alone: for every file that we, and the programs that we start, write. */
const privateMask = 0o077

/** Runs one command line to its end, and gives the exit code. What goes wrong is told on the standard error. */
export async function run(args: readonly string[]): Promise<number> {
  const command = parseCommand(args)
  if (command.kind === 'help') {
    console.log(usage)
    return 0
  }
  if (command.kind === 'invalid') {
    console.error(`${command.message}\n\n${usage}`)
    return 2
  }
  process.umask(privateMask)
  try {
    using folder = await openDataFolder(resolve('.latchkey'))
    using interruption = listenForInterruption()
    await runSession(command, folder, interruption)
    return 0
  } catch (error) {
    if (error instanceof Interrupted) return 0
    console.error(`\n${messageOf(error)}`)
    return 1
  }
}

async function runSession(
  command: Exclude<Command, { readonly kind: 'help' | 'invalid' }>,
  folder: DataFolder,
  interruption: Interruption,
): Promise<void> {
  // Where output is collected, as in CI, nothing is written over.
  const terminal = process.stdout.isTTY === true && !process.env.CI
  const session: Session = {
    folder,
    interruption,
    running: new AsyncDisposableStack(),
    steps: showSteps({ terminal, columns: process.stdout.columns }),
    colors: pc.createColors(terminal && !process.env.NO_COLOR),
    print: (text) => console.log(text),
    terminal: terminal && process.stdin.isTTY === true,
  }
  try {
    if (command.kind === 'up') await up(session, command.options)
    else await uninstall(session, command.options)
    // A part that failed meanwhile is the reason for the end.
    interruption.signal.throwIfAborted()
  } catch (error) {
    // Cut off, a step fails in its own words; the reason says it better.
    throw interruption.signal.aborted ? interruption.signal.reason : error
  } finally {
    await stopAll(session)
  }
}

async function stopAll({ steps, running, print }: Session): Promise<void> {
  if (running.disposed) return
  print('')
  await steps('Stopping everything', async (report) => {
    await running.disposeAsync()
    report.done('Everything is stopped; the data stays in .latchkey/')
  })
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
