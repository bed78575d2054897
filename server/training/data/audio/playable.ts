import { soundOf } from './recording.ts';

/** Samples from `from` on, at most `length`, at the given rate; fewer where the recording ends. */
export async function readSamples(
  file: string,
  sampleRate: number,
  from: number,
  length: number,
): Promise<Float32Array> {
  const samples = new Float32Array(length);
  let at = 0;
  for await (const piece of soundOf(file, sampleRate, from)) {
    const some = piece.subarray(0, length - at);
    samples.set(some, at);
    at += some.length;
    if (at >= length) break;
  }
  return samples.subarray(0, at);
}

/** Mono sound as the bytes of a WAV file of 16 bits; values beyond -1..1 are cut. */
export function wavBytes(samples: Float32Array, sampleRate: number): Buffer {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // integers
  bytes.writeUInt16LE(1, 22); // one channel
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  for (const [i, value] of samples.entries())
    bytes.writeInt16LE(Math.round(32_767 * Math.min(1, Math.max(-1, value))), 44 + 2 * i);
  return bytes;
}
