import { parseArgs } from 'node:util'
import { benchReady } from './ready.ts'
import { renderTable } from './table.ts'

// `npm run bench`: every figure is measured beside its yardstick within this one run, in turns, so that the ratio says
// something although the machine is shared and slow today. Bars are printed, never asserted.

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '1000' }, rounds: { type: 'string', default: '3' } },
})

function progress(text: string): void {
  process.stderr.write(`  … ${text}\n`)
}

const ready = await benchReady({
  keys: Number(values.keys),
  rounds: Number(values.rounds),
  progress,
})
process.stdout.write(renderTable('ApiKeys to Ready', ready))
