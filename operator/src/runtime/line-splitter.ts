/** Past this, it is no object that etcd could have stored (1.5 MiB), however it is escaped. */
const MAXIMUM_LINE_BYTES = 32 * 1024 * 1024

/**
 * Cuts a byte stream into the lines of a watch, wherever the chunks are cut: lines are found in the bytes, so a character
 * split over two chunks stays whole. Nothing of a chunk is kept once its last line is complete.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void
  #pending: Buffer[] = []
  #pendingBytes = 0

  /** `onLine` gets each line without its end, synchronously from `push`; empty lines are left out. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  /** @throws RangeError when a line never ends. */
  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#pendingBytes > 0) this.#flush(chunk.subarray(start, end))
      else if (end > start) this.#onLine(chunk.toString('utf8', start, end))
      start = end + 1
    }
    if (start === chunk.length) return
    this.#pending.push(chunk.subarray(start))
    this.#pendingBytes += chunk.length - start
    if (this.#pendingBytes > MAXIMUM_LINE_BYTES)
      throw new RangeError('A line of the watch does not end')
  }

  #flush(rest: Buffer): void {
    const line = Buffer.concat([...this.#pending, rest]).toString('utf8')
    this.#pending = []
    this.#pendingBytes = 0
    this.#onLine(line)
  }
}

const NEWLINE = 10
