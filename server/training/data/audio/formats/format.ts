import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What is known of a recording before it is decoded. */
export interface SoundInfo {
  /** For people: "WAV", "Ogg Vorbis". */
  readonly format: string;
  /** Samples per second. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel; undefined where only decoding tells. */
  readonly length: number | undefined;
  /** Samples per channel, estimated where the file does not tell: what memory is planned with. */
  readonly expectedLength: number;
}

/** Decoded sound: its channels' mean, values mostly within -1..1, in pieces of any length. */
export type SoundPieces = AsyncGenerator<Float32Array, void, undefined>;

/** One kind of sound file: one file in this folder; `registry.ts` lists them. */
export interface SoundFormat {
  readonly name: string;
  /** Whether a file is of this kind, by its first bytes (64 at most). */
  matches(head: Uint8Array): boolean;
  /** Reads headers only. Throws an Error whose message is the reason, where they tell that the file is broken. */
  probe(file: SoundFile): SoundInfo;
  /**
   * The sound from sample `from` on, a whole number counted at the file's own rate. Flat memory, whatever the length.
   * Throws an Error whose message is the reason where the file is broken.
   */
  decode(file: SoundFile, info: SoundInfo, from: number): SoundPieces;
}

/** An open file of which any part can be read. */
export class SoundFile {
  readonly size: number;
  readonly #handle: number;

  constructor(path: string) {
    this.#handle = openSync(path, 'r');
    this.size = fstatSync(this.#handle).size;
  }

  /** The bytes from `position` on, fewer at the end of the file. */
  read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)));
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(this.#handle, bytes, done, bytes.length - done, position + done);
      if (count === 0) return bytes.subarray(0, done); // became shorter while it was read
      done += count;
    }
    return bytes;
  }

  /** The whole file, piece by piece. */
  *pieces(length = 64 * 1024): Generator<Buffer> {
    for (let position = 0; position < this.size; position += length) yield this.read(position, length);
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** Mean of the channels. */
export function mixed(channels: readonly Float32Array[], length: number): Float32Array {
  const [first, ...others] = channels;
  if (first === undefined) return new Float32Array(0);
  if (others.length === 0) return first.subarray(0, length);
  const mono = first.slice(0, length);
  for (const channel of others) for (let i = 0; i < length; i++) mono[i] = mono[i]! + channel[i]!;
  for (let i = 0; i < length; i++) mono[i] = mono[i]! / channels.length;
  return mono;
}

/** "cut off: 0.4 of 1.2 seconds are there" */
export function cutOff(found: number, expected: number, sampleRate: number): Error {
  const seconds = (samples: number) => Number((samples / sampleRate).toPrecision(3));
  return new Error(`cut off: ${seconds(found)} of ${seconds(expected)} seconds are there`);
}
