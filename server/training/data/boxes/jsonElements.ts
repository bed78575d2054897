import { createReadStream } from 'node:fs';

/** One entry of one of the lists that a JSON object holds: `images`, `annotations`. */
export interface JsonElement {
  readonly list: string;
  readonly value: unknown;
}

/** What is wrong with a JSON file; the message fits after "found". */
export class JsonShapeError extends Error {}

/** No entry of an annotation file is larger; a text without an end would fill the memory otherwise. */
const longestEntry = 64 * 2 ** 20;

/** What a byte is to someone who only follows braces and quotes. */
enum Kind {
  Plain,
  Space,
  Quote,
  Open,
  Close,
  Comma,
  Colon,
}

const kinds = new Uint8Array(256);
for (const [characters, kind] of [
  [' \t\n\r', Kind.Space],
  ['"', Kind.Quote],
  ['{[', Kind.Open],
  ['}]', Kind.Close],
  [',', Kind.Comma],
  [':', Kind.Colon],
] as const)
  for (const character of characters) kinds[character.charCodeAt(0)] = kind;
const [quote, backslash, brace, bracket] = ['"', '\\', '{', '['].map((c) => c.charCodeAt(0));

/**
 * The entries of all lists in the object that a JSON file is, one after the other: memory does not grow with the
 * file. What else the object holds is passed over. Throws a {@link JsonShapeError} for anything but a whole object.
 */
export async function* jsonElements(file: string): AsyncGenerator<JsonElement> {
  const scanner = new Scanner();
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 }))
    yield* scanner.push(chunk as Buffer);
  scanner.end();
}

/** Texts are kept at the two places that matter only: the keys of the object, and the entries of its lists. */
class Scanner {
  /** Open braces and brackets: 1 in the object, 2 in a list of it, more in an entry. */
  private depth = 0;
  private inText = false;
  private escaped = false;
  private inList = false;
  private ended = false;
  /** The last key of the object. */
  private key = '';
  /** Whether a key or an entry is being read, and its bytes from earlier chunks. */
  private reading = false;
  private held: Buffer[] = [];
  private heldBytes = 0;

  *push(chunk: Buffer): Generator<JsonElement> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.inText) {
        i = this.skipText(chunk, i);
        continue;
      }
      const kind = kinds[chunk[i]!];
      // Deep inside of an entry, or passing over something, most bytes mean nothing.
      if (kind === Kind.Space || (kind === Kind.Plain && (this.reading || this.depth > 2))) continue;
      this.requireObject(chunk[i]!);
      if (this.depth === 1 && kind === Kind.Colon) this.key = this.takeKey(chunk.subarray(start, i));
      else if (this.depth === 1 && (kind === Kind.Comma || kind === Kind.Close)) this.forget();
      else if (this.depth === 2 && this.inList && (kind === Kind.Comma || kind === Kind.Close)) {
        if (this.reading) yield { list: this.key, value: this.take(chunk.subarray(start, i)) };
      } else if (
        !this.reading &&
        (this.depth === 1 ? kind === Kind.Quote : this.depth === 2 && this.inList)
      ) {
        this.reading = true;
        start = i;
      }
      if (kind === Kind.Quote) this.inText = true;
      else if (kind === Kind.Open) this.open(chunk[i]!);
      else if (kind === Kind.Close) this.close();
    }
    if (this.reading) this.hold(chunk.subarray(start));
  }

  end(): void {
    if (this.ended) return;
    throw new JsonShapeError(
      this.depth === 0 ? 'nothing' : 'a file that is cut off: its last brace is missing',
    );
  }

  /** @returns where the text ends, or the last byte of the chunk. */
  private skipText(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.escaped) this.escaped = false;
      else if (byte === backslash) this.escaped = true;
      else if (byte === quote) {
        this.inText = false;
        return i;
      }
    }
    return chunk.length - 1;
  }

  private requireObject(byte: number): void {
    if (this.ended) throw new JsonShapeError('text behind the end of the object');
    if (this.depth > 0 || byte === brace) return;
    throw new JsonShapeError(byte === bracket ? 'a list' : 'no JSON object');
  }

  private open(byte: number): void {
    if (this.depth === 1) this.inList = byte === bracket;
    this.depth++;
  }

  private close(): void {
    this.depth--;
    if (this.depth === 1) this.inList = false;
    if (this.depth === 0) this.ended = true;
  }

  private hold(part: Buffer): void {
    this.heldBytes += part.length;
    if (this.heldBytes > longestEntry) throw new JsonShapeError('an entry of more than 64 MB');
    this.held.push(part);
  }

  private forget(): void {
    this.held = [];
    this.heldBytes = 0;
    this.reading = false;
  }

  private takeKey(rest: Buffer): string {
    const key = this.reading ? this.take(rest) : undefined;
    if (typeof key === 'string') return key;
    throw new JsonShapeError('a colon without a key');
  }

  /** The JSON that was read, whose last bytes are `rest`. */
  private take(rest: Buffer): unknown {
    this.hold(rest);
    const text = Buffer.concat(this.held).toString('utf8');
    this.forget();
    try {
      return JSON.parse(text);
    } catch {
      throw new JsonShapeError(`text that is no JSON: ${text.slice(0, 60).replaceAll(/\s+/g, ' ')}`);
    }
  }
}
