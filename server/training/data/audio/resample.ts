import type { Converter } from './converter.ts';

/** Samples given to the converter at a time; its buffers hold 252,000 of them, in and out. */
const blockLength = 8192;
const longestOutput = 200_000;
/** Some hundred silent blocks push out what any filter holds back. */
const mostSilentBlocks = 400;

/** Converters that are free, by their rates: making one takes a hundred times as long as a second of sound. */
const free = new Map<string, Converter[]>();

/**
 * Changes the sample rate by a band-limited interpolation (libsamplerate, 97 dB): pieces of sound at rate `from` become
 * pieces at rate `to`, aligned at their first sample and round(length * to / from) long. Equal rates pass through.
 */
export async function* resample(
  pieces: AsyncIterable<Float32Array>,
  from: number,
  to: number,
): AsyncGenerator<Float32Array, void, undefined> {
  if (from === to) {
    yield* pieces;
    return;
  }
  const key = `${from}/${to}`;
  const converter = free.get(key)?.pop() ?? (await (await import('./converter.ts')).makeConverter(from, to));
  try {
    const block = Math.max(1, Math.min(blockLength, Math.floor((longestOutput * from) / to)));
    const out = new Float32Array(Math.ceil((block * to) / from) + blockLength);
    const convert = (samples: Float32Array): Float32Array => {
      const written = { frames: 0 };
      converter.full(samples, out, written);
      return out.slice(0, written.frames);
    };
    let taken = 0;
    let given = 0;
    for await (const piece of pieces) {
      for (let start = 0; start < piece.length; start += block) {
        const converted = convert(piece.subarray(start, start + block));
        given += converted.length;
        if (converted.length > 0) yield converted;
      }
      taken += piece.length;
    }
    // The filter looks ahead: silence pushes the rest out.
    const expected = Math.round((taken * to) / from);
    for (let blocks = 0; given < expected && blocks < mostSilentBlocks; blocks++) {
      const converted = convert(new Float32Array(block)).subarray(0, expected - given);
      given += converted.length;
      if (converted.length > 0) yield converted;
    }
  } finally {
    converter.inputSampleRate = from; // empties the filter
    free.set(key, [...(free.get(key) ?? []), converter]);
  }
}
