import { cutOff, type SoundFile, type SoundFormat } from './format.ts';
import { decoded } from './wasm.ts';

/** What the four bytes before each frame say. */
interface FrameHeader {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel in a frame. */
  readonly samples: number;
  /** Bytes of the frame. */
  readonly length: number;
  /** Bytes of side information of layer III, behind which encoders hide a header of their own. */
  readonly side: number;
}

const rates = [44_100, 48_000, 32_000];
/** kbit/s by layer (III, II, I), MPEG 1, then MPEG 2 and 2.5. */
const bitrates: Readonly<Record<string, readonly number[]>> = {
  '1.1': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '1.2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1.3': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '2.1': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2.2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2.3': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
};

/** MPEG audio, mostly MP3. */
export const mp3: SoundFormat = {
  name: 'MP3',
  matches: (head) =>
    Buffer.from(head.subarray(0, 3)).toString('latin1') === 'ID3' || parseHeader(head) !== undefined,
  probe(file) {
    const start = afterTag(file);
    const first = firstFrame(file, start);
    if (first === undefined) throw new Error('no MPEG frame in it');
    const { at, header } = first;
    const { sampleRate, channels, samples } = header;
    const told = readEncoderHeader(file.read(at, 200), header);
    if (told?.bytes !== undefined && file.size < at + told.bytes) {
      const there = (file.size - at) / told.bytes;
      throw cutOff(there * told.length, told.length, sampleRate);
    }
    const expectedLength = told?.length ?? Math.ceil(((file.size - at) / header.length) * samples);
    return { format: 'MP3', sampleRate, channels, length: undefined, expectedLength };
  },
  async *decode(file, _info, from) {
    const { MPEGDecoder } = await import('mpg123-decoder');
    let count = 0;
    for await (const piece of decoded(new MPEGDecoder(), file, from)) {
      count += piece.decoded;
      yield piece.sound;
    }
    if (count === 0) throw new Error('no sound in it');
  },
};

/** Where the sound starts: behind an ID3v2 tag, https://id3.org/id3v2.4.0-structure */
function afterTag(file: SoundFile): number {
  const head = file.read(0, 10);
  if (head.length < 10 || head.toString('latin1', 0, 3) !== 'ID3') return 0;
  const size = head.subarray(6).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
  return 10 + size;
}

/** The first header that another one follows where it says; the last frame of a file has none behind it. */
function firstFrame(file: SoundFile, start: number): { at: number; header: FrameHeader } | undefined {
  const bytes = file.read(start, 64 * 1024);
  for (let i = 0; i + 4 <= bytes.length; i++) {
    const header = parseHeader(bytes.subarray(i));
    if (header === undefined) continue;
    const next = bytes.subarray(i + header.length);
    if (next.length < 4 || parseHeader(next) !== undefined) return { at: start + i, header };
  }
  return undefined;
}

function parseHeader(bytes: Uint8Array): FrameHeader | undefined {
  const [sync = 0, b1 = 0, b2 = 0, b3 = 0] = bytes;
  if (sync !== 0xff || (b1 & 0xe0) !== 0xe0) return undefined;
  const version = (b1 >> 3) & 3; // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
  const layer = (b1 >> 1) & 3; // 1: III, 2: II, 3: I
  const kilobits = bitrates[`${version === 3 ? 1 : 2}.${layer}`]?.[(b2 >> 4) - 1];
  const base = rates[(b2 >> 2) & 3];
  if (version === 1 || kilobits === undefined || base === undefined) return undefined;
  const sampleRate = base / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const channels = b3 >> 6 === 3 ? 1 : 2;
  const samples = layer === 3 ? 384 : layer === 1 && version !== 3 ? 576 : 1152;
  const unit = layer === 3 ? 4 : 1;
  const length = (Math.floor((samples / 8 / unit) * 1000 * (kilobits / sampleRate)) + ((b2 >> 1) & 1)) * unit;
  const side = version === 3 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17;
  return { sampleRate, channels, samples, length, side };
}

/** How long the file is, where its encoder wrote it into the first frame (Xing, Info). */
function readEncoderHeader(
  frame: Buffer,
  { side, samples }: FrameHeader,
): { length: number; bytes?: number } | undefined {
  const at = 4 + side;
  const name = frame.toString('latin1', at, at + 4);
  if ((name !== 'Xing' && name !== 'Info') || frame.length < at + 16) return undefined;
  const flags = frame.readUInt32BE(at + 4);
  if ((flags & 1) === 0) return undefined;
  const length = frame.readUInt32BE(at + 8) * samples;
  return (flags & 2) === 0 ? { length } : { length, bytes: frame.readUInt32BE(at + 12) };
}
