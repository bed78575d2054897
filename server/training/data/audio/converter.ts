// Loaded when a recording asks for another sample rate: the library is 2 MB.
import libsamplerate from '@alexanderolsen/libsamplerate-js';

export type Converter = Awaited<ReturnType<typeof libsamplerate.create>>;

/** A converter of mono sound by libsamplerate's shorter filter: 97 dB. */
export function makeConverter(from: number, to: number): Promise<Converter> {
  return libsamplerate.create(1, from, to, { converterType: libsamplerate.ConverterType.SRC_SINC_FASTEST });
}
