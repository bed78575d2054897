import type { SoundFile, SoundFormat, SoundInfo } from './format.ts';
import { type Decoder, decoded } from './wasm.ts';

/** Opus is always decoded at this rate: https://www.rfc-editor.org/rfc/rfc7845 */
const opusRate = 48_000;
/** No page is longer, so that one begins within the last so many bytes. */
const longestPage = 65_307;

/** Loaded when a file asks for them. */
const decoders: Readonly<Record<string, () => Promise<Decoder>>> = {
  'Ogg Vorbis': async () => new (await import('@wasm-audio-decoders/ogg-vorbis')).OggVorbisDecoder(),
  'Ogg Opus': async () => new (await import('ogg-opus-decoder')).OggOpusDecoder(),
  'Ogg FLAC': async () => new (await import('@wasm-audio-decoders/flac')).FLACDecoder(),
};

/** Ogg with Vorbis, Opus or FLAC inside: https://www.rfc-editor.org/rfc/rfc3533 */
export const ogg: SoundFormat = {
  name: 'Ogg',
  matches: (head) => Buffer.from(head.subarray(0, 4)).toString('latin1') === 'OggS',
  probe(file) {
    const { preSkip, ...info } = readHead(file);
    const end = lastPosition(file);
    if (end === undefined) throw new Error('cut off: an Ogg file without an end');
    return { ...info, length: undefined, expectedLength: Math.max(0, end - preSkip) };
  },
  async *decode(file, info, from) {
    // The last page may hold more than the sound: its position says where that ends.
    let left = info.expectedLength - from;
    for await (const { sound } of decoded(await decoders[info.format]!(), file, from)) {
      yield sound.subarray(0, Math.max(0, Math.min(left, sound.length)));
      left -= sound.length;
    }
  },
};

/** The identification packet in the first page. */
function readHead(
  file: SoundFile,
): Pick<SoundInfo, 'format' | 'sampleRate' | 'channels'> & { preSkip: number } {
  const page = file.read(0, 512);
  const segments = page.length > 27 ? page[26]! : 0;
  const packet = page.subarray(27 + segments);
  if (packet.length < 19) throw new Error('cut off within its header');
  const start = packet.toString('latin1', 0, 8);
  if (start === 'OpusHead')
    return {
      format: 'Ogg Opus',
      sampleRate: opusRate,
      channels: packet[9]!,
      preSkip: packet.readUInt16LE(10),
    };
  if (start.startsWith('\x01vorbis'))
    return { format: 'Ogg Vorbis', sampleRate: packet.readUInt32LE(12), channels: packet[11]!, preSkip: 0 };
  if (start.startsWith('\x7fFLAC') && packet.length >= 35) {
    const bits = packet.readBigUInt64BE(27); // as in FLAC's STREAMINFO
    return {
      format: 'Ogg FLAC',
      sampleRate: Number(bits >> 44n),
      channels: Number((bits >> 41n) & 7n) + 1,
      preSkip: 0,
    };
  }
  throw new Error('an Ogg file without Vorbis, Opus or FLAC inside');
}

/** How many samples the last page counts up to; undefined where it is not there or does not end the stream. */
function lastPosition(file: SoundFile): number | undefined {
  const tail = file.read(Math.max(0, file.size - longestPage), longestPage);
  const at = tail.lastIndexOf('OggS', undefined, 'latin1');
  if (at < 0 || at + 27 > tail.length) return undefined;
  const segments = tail[at + 26]!;
  const body = tail.subarray(at + 27, at + 27 + segments).reduce((sum, length) => sum + length, 0);
  const whole = at + 27 + segments + body <= tail.length;
  const ends = (tail[at + 5]! & 4) !== 0;
  const position = tail.readBigInt64LE(at + 6); // -1: no packet ends here
  return whole && ends && position >= 0n ? Number(position) : undefined;
}
