import { describe, expect, it } from 'vitest'
import { parseCommand } from './options.ts'

const messageOf = (...args: string[]) => {
  const command = parseCommand(args)
  return command.kind === 'invalid' ? command.message : command
}

describe('the command line', () => {
  it('starts on the local control plane when nothing is said', () => {
    expect(parseCommand(['up'])).toEqual({ kind: 'up', options: { fresh: false, yes: false } })
  })

  it('takes a cluster and the namespaces to serve', () => {
    const args = ['up', '--kubeconfig', 'k.yaml', '--namespaces', 'shop, billing', '--yes']
    expect(parseCommand(args)).toEqual({
      kind: 'up',
      options: {
        fresh: false,
        yes: true,
        kubeconfig: 'k.yaml',
        namespaces: ['shop', 'billing'],
      },
    })
  })

  it('takes an end that leaves the keys working', () => {
    expect(parseCommand(['up', '--uninstall', '--keep'])).toEqual({
      kind: 'uninstall',
      options: { keep: true, yes: false },
    })
  })

  it('shows the help for the word, the option, and nothing at all', () => {
    for (const args of [[], ['help'], ['--help'], ['up', '--help']]) {
      expect(parseCommand(args)).toEqual({ kind: 'help' })
    }
  })

  it('names what it does not know', () => {
    expect(messageOf('up', '--frehs')).toBe("Unknown option '--frehs'")
    expect(messageOf('down')).toBe('There is no command "down"')
    expect(messageOf('up', 'now')).toMatch(/'now'/)
  })

  it('refuses what contradicts itself, and says what to do', () => {
    expect(messageOf('up', '--keep')).toBe('--keep says how to uninstall: add --uninstall')
    expect(messageOf('up', '--uninstall', '--fresh')).toMatch(/choose one/)
    expect(messageOf('up', '--namespaces', 'Shop')).toMatch(/"Shop" is none/)
    expect(messageOf('up', '--kubeconfig', '')).toMatch(/needs the name of a file/)
  })
})
