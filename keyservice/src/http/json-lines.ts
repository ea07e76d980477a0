/** Values as JSON, one per line, as they come; the reader's pace is the writer's. */
export function jsonLines(values: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  return ReadableStream.from(encoded(values))
}

/** What lines are said to be. */
export const jsonLinesHeaders = {
  'content-type': 'application/x-ndjson',
  'cache-control': 'no-store',
  // A proxy that gathers lines before it passes them on would make a watch useless.
  'x-accel-buffering': 'no',
} as const

async function* encoded(values: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`)
}
