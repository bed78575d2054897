import type { Readable } from 'node:stream';

/** No row is longer; a file without line breaks would fill the memory otherwise. */
export const longestRow = 16 * 2 ** 20;

/** A line that is longer than {@link longestRow}. */
export class LongLineError extends Error {
  constructor(readonly line: number) {
    super(`line ${line} is longer than ${longestRow / 2 ** 20} MB`);
  }
}

const newline = 0x0a;

/**
 * The lines of a stream of UTF-8, without their ends (LF or CR LF) and without a byte order mark.
 * @throws LongLineError
 */
export async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let held: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  const take = (part: Buffer): string => {
    const text = decoder.decode(held.length === 0 ? part : Buffer.concat([...held, part]));
    [held, bytes] = [[], 0];
    line++;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      yield take(chunk.subarray(from, end));
      from = end + 1;
    }
    held.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > longestRow) throw new LongLineError(line);
  }
  if (bytes > 0) yield take(Buffer.alloc(0));
}
