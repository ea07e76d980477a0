import { z } from 'zod'
import type { Product } from './product.ts'

const page = z.object({ info: z.object({ description: z.string() }) })

/** The guide of a product, on one line, as its API page opens with it. */
export async function guideOf(product: Product): Promise<string> {
  const answer = await product.service.send('GET', '/openapi.json', { token: null })
  return page.parse(answer.body).info.description.replaceAll(/\s+/g, ' ')
}
