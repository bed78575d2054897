import type { WaveFile } from 'wavefile';
import { cutOff, type SoundFile, type SoundFormat, type SoundInfo } from './format.ts';

/** How the samples of a WAV file lie in it. */
interface WavLayout {
  /** RIFX is big endian. */
  readonly container: 'RIFF' | 'RIFX';
  /** 1 integers, 3 floats, 6 A-law, 7 mu-law. */
  readonly coding: number;
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
  /** Where the samples start, and their bytes. */
  readonly start: number;
  readonly bytes: number;
  /** What the header says there should be. */
  readonly promised: number;
}

const extensible = 0xfffe;
const codings: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  17: 'IMA ADPCM',
  80: 'MPEG',
  85: 'MP3',
};
/** Bits per sample that each coding comes in. */
const depths: Readonly<Record<number, readonly number[]>> = {
  1: [8, 16, 24, 32],
  3: [32, 64],
  6: [8],
  7: [8],
};
/** A header that gives no size: written to a pipe. */
const unknownSize = 0xffffffff;
/** Samples per channel that are decoded at a time. */
const pieceLength = 16_384;

/** WAV as RIFF, RIFX and RF64: integers of 8, 16, 24 and 32 bits, floats, A-law and mu-law, also as extensible format. */
export const wav: SoundFormat = {
  name: 'WAV',
  matches(head) {
    const text = Buffer.from(head).toString('latin1');
    return /^(RIFF|RIFX|RF64)/.test(text) && text.slice(8, 12) === 'WAVE';
  },
  probe: (file) => infoOf(readLayout(file)),
  async *decode(file, _info, from) {
    const { WaveFile } = await import('wavefile');
    const layout = readLayout(file);
    const frameBytes = (layout.bits / 8) * layout.channels;
    const end = layout.start + layout.bytes;
    for (let at = layout.start + from * frameBytes; at < end; at += pieceLength * frameBytes)
      yield decodePiece(WaveFile, file.read(at, Math.min(pieceLength * frameBytes, end - at)), layout);
  },
};

function infoOf({ bits, channels, sampleRate, bytes, promised }: WavLayout): SoundInfo {
  const frameBytes = (bits / 8) * channels;
  const length = Math.floor(bytes / frameBytes);
  if (bytes < promised) throw cutOff(length, promised / frameBytes, sampleRate);
  return { format: 'WAV', sampleRate, channels, length, expectedLength: length };
}

/** Walks the chunks up to the samples: https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
function readLayout(file: SoundFile): WavLayout {
  const container = file.read(0, 4).toString('latin1');
  const big = container === 'RIFX';
  const u16 = (bytes: Buffer, at: number) => (big ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const u32 = (bytes: Buffer, at: number) => (big ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  let format: Pick<WavLayout, 'coding' | 'bits' | 'channels' | 'sampleRate'> | undefined;
  let size64: number | undefined;
  for (let at = 12; at + 8 <= file.size; ) {
    const head = file.read(at, 8);
    const name = head.toString('latin1', 0, 4);
    const size = u32(head, 4);
    const start = at + 8;
    if (name === 'ds64') size64 = Number(file.read(start, 16).readBigUInt64LE(8));
    if (name === 'fmt ') {
      const chunk = file.read(start, Math.min(size, 40));
      if (chunk.length < Math.min(Math.max(size, 16), 40)) throw new Error('cut off within its header');
      const coding = u16(chunk, 0);
      format = {
        coding: coding === extensible && chunk.length >= 26 ? u16(chunk, 24) : coding,
        channels: u16(chunk, 2),
        sampleRate: u32(chunk, 4),
        bits: u16(chunk, 14),
      };
      requireReadable(format);
    }
    if (name === 'data') {
      if (format === undefined) throw new Error('a WAV file without a format');
      const there = file.size - start;
      const promised = size === unknownSize ? (size64 ?? there) : size;
      return {
        ...format,
        container: big ? 'RIFX' : 'RIFF',
        start,
        bytes: Math.min(promised, there),
        promised,
      };
    }
    at = start + size + (size % 2);
  }
  throw new Error(format === undefined ? 'cut off within its header' : 'a WAV file without sound');
}

function requireReadable({
  coding,
  bits,
  channels,
  sampleRate,
}: Pick<WavLayout, 'coding' | 'bits' | 'channels' | 'sampleRate'>): void {
  const known = depths[coding];
  if (known === undefined)
    throw new Error(
      `WAV with ${codings[coding] ?? `coding ${coding}`} cannot be read; convert it to 16 bit WAV or FLAC`,
    );
  if (!known.includes(bits))
    throw new Error(`WAV with ${bits} bits per sample cannot be read; convert it to 16 bit`);
  if (channels < 1 || sampleRate < 1)
    throw new Error(`a WAV header with ${channels} channels at ${sampleRate} Hz`);
}

/** The library gets each piece as a WAV file of its own, so that memory stays flat. */
function decodePiece(
  Wave: typeof WaveFile,
  bytes: Buffer,
  { container, coding, bits, channels, sampleRate }: WavLayout,
): Float32Array {
  const frameBytes = (bits / 8) * channels;
  const whole = bytes.length - (bytes.length % frameBytes);
  const little = container === 'RIFF';
  const head = Buffer.alloc(44);
  const u16 = (value: number, at: number) =>
    little ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    little ? head.writeUInt32LE(value, at) : head.writeUInt32BE(value, at);
  head.write(container, 0, 'latin1');
  u32(36 + whole, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  u32(16, 16);
  u16(coding, 20);
  u16(channels, 22);
  u32(sampleRate, 24);
  u32(sampleRate * frameBytes, 28);
  u16(frameBytes, 32);
  u16(bits, 34);
  head.write('data', 36, 'latin1');
  u32(whole, 40);
  const sound = new Wave(Buffer.concat([head, bytes.subarray(0, whole)]));
  if (coding === 6) sound.fromALaw('16');
  if (coding === 7) sound.fromMuLaw('16');
  const depth = coding === 6 || coding === 7 ? 16 : bits;
  const values = sound.getSamples(true, Float64Array);
  const unit = coding === 3 ? 1 : 2 ** (depth - 1);
  const offset = depth === 8 ? 128 : 0; // eight bits are unsigned
  const mono = new Float32Array(whole / frameBytes);
  for (let i = 0, v = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[v++]! - offset;
    mono[i] = sum / unit / channels;
  }
  return mono;
}
