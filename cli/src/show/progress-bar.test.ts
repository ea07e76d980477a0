import { describe, expect, it } from 'vitest'
import { progressBar } from './progress-bar.ts'

describe('the progress bar', () => {
  it('is as full as the work is done', () => {
    expect(progressBar({ done: 0, total: 4, text: 'x' })).toBe(`${'░'.repeat(32)}   0 %  x`)
    const half = `${'█'.repeat(16)}${'░'.repeat(16)}`
    expect(progressBar({ done: 2, total: 4, text: 'x' })).toBe(`${half}  50 %  x`)
    expect(progressBar({ done: 4, total: 4, text: 'x' })).toBe(`${'█'.repeat(32)} 100 %  x`)
  })

  it('never says 100 % before the end', () => {
    expect(progressBar({ done: 999, total: 1000, text: '' })).toContain(' 99 %')
  })

  it('survives work without an amount and more than all of it', () => {
    expect(progressBar({ done: 0, total: 0, text: '' })).toContain('  0 %')
    expect(progressBar({ done: 9, total: 3, text: '' })).toContain('100 %')
  })

  it('fits the width of the terminal', () => {
    const text = 'compiling a package with a very long name indeed, and then some more words'
    for (const columns of [60, 80, 120]) {
      expect(progressBar({ done: 1, total: 3, text }, columns).length).toBeLessThanOrEqual(columns)
    }
  })
})
