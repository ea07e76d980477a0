import { KeyError, type partnerFeedbackBody, partnerReportBody } from '@latchkey/core'
import type { z } from 'zod'
import { invalid, notJson } from '../http/invalid.ts'
import type { Service } from '../service.ts'
import { isSigned, type PartnerSignature } from './partner-signature.ts'
import { reportLeak } from './report.ts'

/**
 * Takes a signed report of a scanner, match by match, and says which are ours. A report that comes again, whoever sends
 * it, finds the same credentials dead already and changes nothing: a replay is harmless. `NotFound` where no scanner is
 * configured, `Unauthorized` for whatever is not signed by one.
 */
export async function partnerReport(
  service: Service,
  body: Uint8Array,
  given: PartnerSignature,
): Promise<z.infer<typeof partnerFeedbackBody>> {
  const { partnerKeys } = service.rules.leaks
  if (partnerKeys.size === 0) throw new KeyError('NotFound', 'No scanner is configured here')
  if (!isSigned(partnerKeys, body, given)) {
    throw new KeyError('Unauthorized', 'The report is not signed by a scanner that is known here')
  }
  const feedback: z.infer<typeof partnerFeedbackBody> = []
  for (const { token, type, url, source } of readReport(body)) {
    const found = await reportLeak(service, {
      token,
      actor: 'secret-scanning',
      url: url ?? undefined,
      source: source ?? undefined,
    })
    const label = found === undefined ? 'false_positive' : 'true_positive'
    feedback.push({ token_raw: token, token_type: type, label })
  }
  return feedback
}

function readReport(body: Uint8Array): z.infer<typeof partnerReportBody> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw notJson()
  }
  const parsed = partnerReportBody.safeParse(json)
  if (!parsed.success) throw invalid(parsed.error, json)
  return parsed.data
}
