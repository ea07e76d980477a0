import { readFile } from 'node:fs/promises'

/** What a process has used so far, by the operating system's own account. */
export interface ProcessUsage {
  readonly cpuMilliseconds: number
  readonly residentMegabytes: number
}

const ticksPerSecond = 100

/** Reads `/proc`; CPU is exact to 10 ms, so ask about stretches of a second or more. Linux only. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ])
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  return { cpuMilliseconds: (ticks * 1000) / ticksPerSecond, residentMegabytes: kilobytes / 1024 }
}
