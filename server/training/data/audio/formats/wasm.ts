import { mixed, type SoundFile } from './format.ts';

/** What the WebAssembly decoders have in common. */
export interface Decoder {
  readonly ready: Promise<void>;
  decode(bytes: Uint8Array): Decoded | Promise<Decoded>;
  flush?(): Promise<Decoded>;
  free(): void;
}

interface Decoded {
  readonly channelData: readonly Float32Array[];
  readonly samplesDecoded: number;
  readonly errors: readonly { readonly message: string }[];
}

/**
 * Decodes a file piece by piece; what lies before sample `from` is left out.
 * @throws the first error that the decoder meets: it would go on with a gap in the sound.
 */
export async function* decoded(
  decoder: Decoder,
  file: SoundFile,
  from: number,
): AsyncGenerator<{ readonly sound: Float32Array; readonly decoded: number }, void, undefined> {
  silenceLibraries();
  await decoder.ready;
  let skip = from;
  const take = ({ channelData, samplesDecoded, errors }: Decoded) => {
    if (errors[0] !== undefined) throw new Error(`damaged: ${errors[0].message.replace(/^Error: /, '')}`);
    const sound = mixed(channelData, samplesDecoded);
    const rest = sound.subarray(Math.min(skip, sound.length));
    skip -= sound.length - rest.length;
    return { sound: rest, decoded: samplesDecoded };
  };
  try {
    for (const bytes of file.pieces()) yield take(await careful(() => decoder.decode(bytes)));
    if (decoder.flush !== undefined) yield take(await careful(() => decoder.flush!()));
  } finally {
    decoder.free();
  }
}

/** Some damage makes the decoders themselves fail; what they then say is about their code. */
async function careful(decode: () => Decoded | Promise<Decoded>): Promise<Decoded> {
  try {
    return await decode();
  } catch (error) {
    const own = error instanceof Error && error.constructor === Error;
    throw new Error(`damaged: ${own ? error.message : 'its decoder cannot go on'}`);
  }
}

let silenced = false;

/** The decoders also print each error that they return. */
function silenceLibraries(): void {
  if (silenced) return;
  silenced = true;
  const print = console.error.bind(console);
  console.error = (...values: unknown[]) => {
    if (!/^(@wasm-audio-decoders|mpg123-decoder|ogg-opus-decoder|opus-decoder)/.test(String(values[0])))
      print(...values);
  };
}
