/**
 * The JSON values of a body with one per line, as they arrive: all that one piece of it completes at once. Pieces may end
 * anywhere, also inside a character. A line that is no JSON, such as a torn last one, throws: what follows it could not be
 * trusted.
 */
export async function* jsonLines(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly unknown[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const piece of body) {
    rest += decoder.decode(piece, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    yield lines.filter(isFilled).map(parse)
  }
  if (isFilled(rest)) yield [parse(rest)]
}

function isFilled(line: string): boolean {
  return line.trim() !== ''
}

function parse(line: string): unknown {
  return JSON.parse(line)
}
