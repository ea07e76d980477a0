import { describe, expect, it } from 'vitest'
import { logLine } from './log-line.ts'

describe('a line of a program’s log', () => {
  it('is told as level, message and cause', () => {
    const line = '{"level":40,"time":1,"err":{"message":"no answer"},"msg":"The watch broke"}'
    expect(logLine(line)).toBe('warn   The watch broke: no answer')
    expect(logLine('{"level":30,"msg":"Leading"}')).toBe('info   Leading')
  })

  it('stays as it is when it is something else', () => {
    for (const line of ['Error: x', '    at main.ts:1:1', '{"half":', 'null', '7']) {
      expect(logLine(line)).toBe(line)
    }
  })
})
