import type { Service } from '../service.ts'
import type { Rate } from './limiter.ts'

/**
 * Counts a verification that found nothing that works against the address of the client, as the caller tells it: only who
 * may verify at all is believed. The answer says whether the client has used up its failures; what works is never counted
 * and never refused. Undefined: no limit is configured.
 */
export async function countFailure(
  { rules, limiter, clock }: Service,
  clientAddress: string | undefined,
): Promise<Rate | undefined> {
  const limit = rules.failedVerifications
  if (limiter === undefined || limit === undefined || clientAddress === undefined) return undefined
  return limiter.take(`client ${addressBlock(clientAddress)}`, limit, clock())
}

/**
 * What one client can choose among: an IPv4 address itself, of IPv6 the first 64 bits, since the rest is his to change
 * with every request.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address
  // The parser of URLs writes an address in its one short form; a zone is none of it.
  const short = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back]
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return (mapped ? groups : groups.slice(0, 4)).join(':')
}
