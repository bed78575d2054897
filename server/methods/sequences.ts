import type { Encoder, OptionProblem, SequenceEncoder } from '../encoders/encoder.ts';
import type { Method } from './method.ts';

type CheckContext = Parameters<NonNullable<Method['check']>>[0];

/** The token side of an encoder for a method that needs it. */
export function sequenceOf(encoder: Encoder, method: string): SequenceEncoder {
  if (encoder.sequence === undefined)
    throw new Error(`${method} needs an encoder that works on the tokens of a text, such as transformer.`);
  return encoder.sequence;
}

/** Encoder types that work on the tokens of a text. */
const sequenceEncoders: readonly string[] = ['transformer'];

/** Problems of language models: an encoder without tokens, or with the other kind of attention. */
export function needsSequence(
  method: string,
  { encoderType, encoderOptions }: Pick<CheckContext, 'encoderType' | 'encoderOptions'>,
  wants: { readonly attention?: 'full' | 'causal' } = {},
): OptionProblem[] {
  if (!sequenceEncoders.includes(encoderType))
    return [
      {
        path: ['method'],
        found: `${method} with a ${encoderType} encoder`,
        expected: `an encoder that works on tokens: ${sequenceEncoders.join(', ')}`,
        fix: 'Set encoder.type to transformer.',
        set: [{ path: ['encoder', 'type'], value: 'transformer' }],
      },
    ];
  const attention = encoderOptions?.attention ?? wants.attention;
  if (wants.attention === undefined || attention === wants.attention) return [];
  const other = wants.attention === 'causal' ? 'mlm' : 'clm';
  return [
    {
      path: ['method'],
      found: `${method} with ${String(attention)} attention`,
      expected:
        wants.attention === 'causal'
          ? 'causal attention: with full attention each token sees the next one, which it is to guess'
          : 'full attention, so that a hidden token is guessed from both sides',
      fix: `Set encoder.attention to ${wants.attention}, or pretext.method to ${other}.`,
      set: [
        { path: ['encoder', 'attention'], value: wants.attention },
        { path: ['pretext', 'method'], value: other },
      ],
    },
  ];
}
