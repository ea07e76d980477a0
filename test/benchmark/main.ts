import { parseArgs } from 'node:util'
import { benchReady } from './ready.ts'
import { renderTable } from './table.ts'
import { benchVerify } from './verify.ts'

// `npm run bench`: every figure is measured beside its yardstick within this one run, in turns, so that the ratio says
// something although the machine is shared and slow today. Bars are printed, never asserted.

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    keys: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    'verify-keys': { type: 'string', default: '100000' },
    // As long as uses gather before they are written: every stretch has such a write in it.
    'verify-seconds': { type: 'string', default: '5' },
  },
})
const rounds = Number(values.rounds)

const benches = {
  ready: async () =>
    renderTable(
      'ApiKeys to Ready',
      await benchReady({ keys: Number(values.keys), rounds, progress }),
    ),
  verify: async () =>
    renderTable(
      'Verification over HTTP',
      await benchVerify({
        keys: Number(values['verify-keys']),
        seconds: Number(values['verify-seconds']),
        rounds,
        progress,
      }),
    ),
}

for (const [name, bench] of Object.entries(benches)) {
  if (values.only === undefined || values.only === name) process.stdout.write(await bench())
}

function progress(text: string): void {
  process.stderr.write(`  … ${text}\n`)
}
