import type { Encoder, OptionProblem, TokenEncoder } from '../encoders/encoder.ts';

/** Encoder types that work on the patches of an image. */
const patchEncoders: readonly string[] = ['vit'];

/** The token side of an encoder for a method that hides patches: at least 2, so that one can be seen. */
export function needPatches({ tokens }: Encoder, method: string): TokenEncoder {
  if (tokens === undefined) throw new Error(`${method} needs an encoder that works on patches, such as vit.`);
  if (tokens.count < 2)
    throw new Error(`${method} needs at least 2 patches in an image: use a smaller patch.`);
  return tokens;
}

/** Problems of a method that hides patches with an encoder that has none; `instead` works with any encoder. */
export function checkPatches(
  method: string,
  encoderType: string,
  instead: { name: string; words: string },
): OptionProblem[] {
  if (patchEncoders.includes(encoderType)) return [];
  return [
    {
      path: ['method'],
      found: `${method} with a ${encoderType} encoder`,
      expected: `an encoder that works on patches: ${patchEncoders.join(', ')}`,
      fix: `Set encoder.type to vit, or use ${instead.name}, ${instead.words}.`,
      set: [
        { path: ['encoder', 'type'], value: 'vit' },
        { path: ['pretext', 'method'], value: instead.name },
      ],
    },
  ];
}
