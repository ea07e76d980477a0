import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createTally } from './tally.ts'

test('a tally tells what was counted under each label, however often it is asked', async () => {
  const registry = new Registry()
  const tally = createTally({
    name: 'calls_total',
    help: 'Calls',
    labelNames: ['code', 'method'],
    registers: [registry],
  })
  const got = tally.of({ code: '200', method: 'GET' })
  tally.of({ code: '500', method: 'GET' })
  got()
  tally.of({ method: 'GET', code: '200' })()
  await registry.metrics()
  got()
  expect(await registry.metrics()).toBe(
    [
      '# HELP calls_total Calls',
      '# TYPE calls_total counter',
      'calls_total{code="200",method="GET"} 3',
      'calls_total{code="500",method="GET"} 0',
      '',
    ].join('\n'),
  )
})
