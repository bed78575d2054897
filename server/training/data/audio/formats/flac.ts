import { cutOff, type SoundFormat } from './format.ts';
import { decoded } from './wasm.ts';

/** FLAC, https://www.rfc-editor.org/rfc/rfc9639 */
export const flac: SoundFormat = {
  name: 'FLAC',
  matches: (head) => Buffer.from(head.subarray(0, 4)).toString('latin1') === 'fLaC',
  probe(file) {
    const head = file.read(0, 42);
    if (head.length < 42) throw new Error('cut off within its header');
    // STREAMINFO stands first, section 8.2.
    const bits = head.readBigUInt64BE(18);
    const sampleRate = Number(bits >> 44n);
    const channels = Number((bits >> 41n) & 7n) + 1;
    const length = Number(bits & 0xfffffffffn) || undefined; // 0: unknown
    if (sampleRate === 0) throw new Error('a FLAC header with a sample rate of 0');
    // About half of what 16 bits would take, where the header does not tell.
    return {
      format: 'FLAC',
      sampleRate,
      channels,
      length,
      expectedLength: length ?? Math.ceil(file.size / channels),
    };
  },
  async *decode(file, info, from) {
    const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
    let count = 0;
    for await (const piece of decoded(new FLACDecoder(), file, from)) {
      count += piece.decoded;
      yield piece.sound;
    }
    if (info.length !== undefined && count < info.length) throw cutOff(count, info.length, info.sampleRate);
  },
};
