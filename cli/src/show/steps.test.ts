import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Runs a piece of program without a terminal, and gives what it printed. */
function printed(program: string): string {
  const steps = JSON.stringify(join(import.meta.dirname, 'steps.ts'))
  const whole = `import { showSteps } from ${steps}; const steps = showSteps({ terminal: false }); ${program}`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', whole], {
    encoding: 'utf8',
    env: { NO_COLOR: '1' },
  })
  return stdout
}

describe('steps without a terminal', () => {
  it('are lines: the begin, what it says, and how it ended', () => {
    const text = printed(`
      const result = await steps('Counting', async (report) => {
        report.say('one')
        report.done('Counted to one')
        return 1
      })
      console.log('result', result)`)
    expect(text).toMatch(/Counting\n.*one\n.*Counted to one.*\nresult 1\n$/)
  })

  it('print a bar at every tenth and not for every step of a thousand', () => {
    const text = printed(`
      await steps('Building', async (report) => {
        for (let done = 0; done <= 1000; done += 1) report.progress({ done, total: 1000, text: '' })
      })`)
    expect(text.match(/ %/g)).toHaveLength(11)
  })

  it('reject with what went wrong, which they do not tell themselves', () => {
    const text = printed(`
      await steps('Failing', () => Promise.reject(new Error('no room'))).catch((error) =>
        console.log('caught', error.message))`)
    expect(text).toMatch(/caught no room\n$/)
    expect(text.match(/no room/g)).toHaveLength(1)
  })
})
