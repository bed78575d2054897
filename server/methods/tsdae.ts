import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { transformerBlock } from '../nn/transformerBlock.ts';
import { firstToken, specialTokens } from '../protocol/tokens.ts';
import type { Random } from '../random.ts';
import { defineMethod } from './method.ts';
import { judgeRestored } from './restoreTexts.ts';
import { needsSequence, sequenceOf } from './sequences.ts';

export interface DamageOptions {
  /** Shares of the tokens that are deleted, and of the rest that is masked. */
  readonly delete: number;
  readonly mask: number;
  /** How many places a token may move. */
  readonly shuffle: number;
}

/**
 * Deletes, masks and shuffles the tokens of a text; begin and end stay. At least one token is left.
 * @param text ids of one sample, padding at the end
 */
export function damageText(text: Int32Array, options: DamageOptions, random: Random): Int32Array {
  const inner = [...text].filter((id) => id >= firstToken || id === specialTokens.unknown);
  let kept = inner.filter(() => !random.chance(options.delete));
  if (kept.length === 0 && inner.length > 0) kept = [inner[random.integer(inner.length)]!];
  const masked = kept.map((id) => (random.chance(options.mask) ? specialTokens.mask : id));
  // A token moves at most `shuffle` places when it is sorted by its place and a number below shuffle + 1.
  const order = masked.map((id, place) => ({ id, place: place + random.between(0, options.shuffle + 1) }));
  if (options.shuffle > 0) order.sort((a, b) => a.place - b.place);
  const damaged = new Int32Array(text.length);
  const ends = text.includes(specialTokens.end) ? [specialTokens.end] : [];
  damaged.set([specialTokens.begin, ...order.map(({ id }) => id), ...ends]);
  return damaged;
}

export const tsdae = defineMethod({
  name: 'tsdae',
  title: 'Denoising autoencoder for texts',
  summary:
    'Restores a text from the feature vector of a damaged one: with deleted, masked or shuffled tokens. For embeddings of texts.',
  paper: {
    title:
      'TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for Unsupervised Sentence Embedding Learning',
    url: 'https://arxiv.org/abs/2104.06979',
  },
  family: 'reconstruction',
  modalities: ['text'],
  options: z.strictObject({
    delete: z
      .number()
      .min(0)
      .max(0.95)
      .describe('Share of the tokens that is deleted, 0 to 0.95 (paper: 0.6).')
      .default(0.6),
    mask: z
      .number()
      .min(0)
      .max(0.95)
      .describe('Share of the tokens left that is masked, 0 to 0.95 (paper: 0; BART: 0.3).')
      .default(0),
    shuffle: z
      .int()
      .min(0)
      .max(64)
      .describe('How many places a token may move, 0 to 64 (paper: 0).')
      .default(0),
    decoder: z
      .strictObject({
        depth: z
          .int()
          .min(1)
          .max(12)
          .describe('Blocks of the decoder (paper: as many as the encoder).')
          .default(1),
        heads: z
          .int()
          .min(1)
          .max(64)
          .describe("Attention heads of the decoder; they must divide the encoder's width.")
          .default(4),
      })
      .describe('The causal transformer that writes the text again; thrown away after pretraining.')
      .prefault({}),
  }),
  check(context, { decoder: { heads }, ...damage }) {
    const problems = needsSequence('tsdae', context);
    const width = context.encoderOptions?.width;
    if (typeof width === 'number' && width % heads !== 0)
      problems.push({
        path: ['decoder', 'heads'],
        found: `decoder.heads ${heads} with an encoder of width ${width}`,
        expected: "a number of heads that divides the encoder's width",
        fix: 'Set decoder.heads: 1, or another number that divides the width.',
        set: [{ path: ['pretext', 'decoder', 'heads'], value: 1 }],
      });
    if (damage.delete === 0 && damage.mask === 0 && damage.shuffle === 0)
      problems.push({
        path: ['delete'],
        found: 'delete 0, mask 0 and shuffle 0',
        expected: 'some damage to undo',
        fix: 'Set delete: 0.6, or another of them above 0.',
        set: [{ path: ['pretext', 'delete'], value: 0.6 }],
      });
    return problems;
  },

  build({ scope, encoder, batchSize }, options) {
    const sequence = sequenceOf(encoder, 'tsdae');
    const { length, width } = sequence;
    if (length < 2) throw new Error('tsdae needs texts of at least 2 tokens: use a larger data.length.');
    const inner = scope.child('decoder');
    const spread = dense(inner.child('spread'), encoder.size, width);
    const blocks = Array.from({ length: options.decoder.depth }, (_, i) =>
      transformerBlock(inner.child(`block${i + 1}`), { width, heads: options.decoder.heads }),
    );
    const norm = layerNorm(inner.child('norm'), width, { epsilon: 1e-6 });
    const later = Float32Array.from({ length: length * length }, (_, i) =>
      i % length > Math.floor(i / length) ? -1e9 : 0,
    );

    /**
     * Scores of the token at each place from those before it and from the feature vector of the damaged text,
     * [batch * length, vocabulary]. The decoder attends to a single vector, which is to add a projection of it.
     */
    const scores = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor2D => {
      const [text, damaged] = [inputs.text as tf.Tensor2D, inputs.damaged as tf.Tensor2D];
      const vector = spread(forward, encoder.features(forward, damaged));
      const before = tf.pad(tf.split(text, [length - 1, 1], 1)[0] as tf.Tensor2D, [
        [0, 0],
        [1, 0],
      ]);
      const bias = tf.tensor4d(later, [1, 1, length, length]);
      let x: tf.Tensor = tf.add(sequence.embed(forward, before), tf.expandDims(vector, 1));
      for (const block of blocks) x = block(forward, x, { bias });
      return sequence.scores(forward, tf.reshape(norm(forward, x), [x.size / width, width]));
    };

    const spec = { shape: [batchSize, length], dtype: 'int32' } as const;
    return {
      views: ['plain'],
      inputs: { text: spec, damaged: spec },
      prepare({ views: [texts], indices }, random) {
        const text = Int32Array.from(texts as Float32Array);
        const damaged = new Int32Array(text.length);
        for (let sample = 0; sample < indices.length; sample++) {
          const [start, end] = [sample * length, (sample + 1) * length];
          damaged.set(damageText(text.subarray(start, end), options, random), start);
        }
        return { text, damaged };
      },
      ...judgeRestored(sequence, scores, (inputs) => ({
        original: inputs.text as tf.Tensor2D,
        shown: inputs.damaged as tf.Tensor2D,
      })),
    };
  },
});
