import * as z from 'zod';
import type { Forward, Named } from '../nn/parameters.ts';
import { gatherRows } from '../nn/rows.ts';
import * as tf from '../nn/tf.ts';
import { firstToken, specialTokens } from '../protocol/tokens.ts';
import type { Random } from '../random.ts';
import { defineMethod } from './method.ts';
import { needsSequence, sequenceOf } from './sequences.ts';
import { bestTokens, tokenHead } from './tokenHead.ts';
import { tokenAccuracy, tokenCrossEntropy } from './tokenLoss.ts';

export interface MaskingShares {
  /** Share of the tokens of a text that are to be guessed. */
  readonly maskRatio: number;
  /** Of these, the share that is replaced by a random token, and the share that stays as it is; the rest is masked. */
  readonly random: number;
  readonly keep: number;
}

/** Inputs of one step; `most` places a text. */
export interface MaskedTexts {
  /** What the encoder sees, int32 [batch * length]. */
  readonly shown: Int32Array;
  /** Flat positions (sample * length + place) of the tokens to guess, int32 [batch * most]. */
  readonly places: Int32Array;
  /** The tokens that stood there. */
  readonly answers: Int32Array;
  /** 1, and 0 where a text has fewer tokens to guess than the longest one could have. */
  readonly weights: Float32Array;
}

/** How many tokens of a text of so many are guessed: its share of them, at least one. */
export function maskedCount(tokens: number, maskRatio: number): number {
  return tokens === 0 ? 0 : Math.max(1, Math.round(tokens * maskRatio));
}

/**
 * Chooses tokens of each text and hides them (section 3.1 of https://arxiv.org/abs/1810.04805): by the mask, by a
 * random token, or not at all. Neither begin, end nor tokens that the tokenizer does not know are chosen.
 * @param texts ids [batch * length] as the loader gives them
 */
export function maskTexts(
  texts: ArrayLike<number>,
  [batch, length]: readonly [number, number],
  vocabulary: number,
  { maskRatio, random: replaced, keep }: MaskingShares,
  random: Random,
): MaskedTexts {
  const most = maskedCount(length, maskRatio);
  const shown = Int32Array.from(texts);
  const places = new Int32Array(batch * most);
  const answers = new Int32Array(batch * most);
  const weights = new Float32Array(batch * most);
  for (let sample = 0; sample < batch; sample++) {
    const start = sample * length;
    const candidates: number[] = [];
    for (let place = start; place < start + length; place++)
      if (shown[place]! >= firstToken) candidates.push(place);
    const order = random.permutation(candidates.length);
    for (let i = 0; i < maskedCount(candidates.length, maskRatio); i++) {
      const place = candidates[order[i]!]!;
      const slot = sample * most + i;
      places[slot] = place;
      answers[slot] = shown[place]!;
      weights[slot] = 1;
      const dice = random.uniform();
      if (dice < replaced) shown[place] = firstToken + random.integer(vocabulary - firstToken);
      else if (dice >= replaced + keep) shown[place] = specialTokens.mask;
    }
    for (let i = maskedCount(candidates.length, maskRatio); i < most; i++) places[sample * most + i] = start;
  }
  return { shown, places, answers, weights };
}

const share = z.number().min(0).max(0.5);

export const mlm = defineMethod({
  name: 'mlm',
  title: 'Masked language model',
  summary:
    'Hides some tokens of a text from a transformer that must guess them, as BERT does. The first choice for texts.',
  paper: {
    title: 'BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding',
    url: 'https://arxiv.org/abs/1810.04805',
  },
  family: 'masking',
  modalities: ['text'],
  options: z.strictObject({
    maskRatio: z
      .number()
      .gt(0)
      .max(0.9)
      .describe(
        'Share of the tokens that are guessed, drawn anew every time a text is seen; above 0 to 0.9 (paper: 0.15; short texts and small models learn more from 0.3 to 0.4).',
      )
      .default(0.15),
    random: share
      .describe('Of the guessed tokens, the share that is shown as a random token, 0 to 0.5 (paper: 0.1).')
      .default(0.1),
    keep: share
      .describe('Of the guessed tokens, the share that is shown as it is, 0 to 0.5 (paper: 0.1).')
      .default(0.1),
  }),
  check: (context) => needsSequence('mlm', context, { attention: 'full' }),

  build({ scope, encoder, batchSize }, options) {
    const sequence = sequenceOf(encoder, 'mlm');
    const { length, width } = sequence;
    const head = tokenHead(scope.child('head'), sequence);
    const most = maskedCount(length, options.maskRatio);
    const encode = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor2D => {
      const ids = inputs.shown as tf.Tensor2D;
      const present = sequence.present(ids);
      const { tokens } = sequence.encode(forward, sequence.embed(forward, ids), { present });
      return tf.reshape(tokens, [tokens.size / width, width]);
    };
    return {
      views: ['plain'],
      inputs: {
        shown: { shape: [batchSize, length], dtype: 'int32' },
        places: { shape: [batchSize * most], dtype: 'int32' },
        answers: { shape: [batchSize * most], dtype: 'int32' },
        weights: { shape: [batchSize * most], dtype: 'float32' },
      },
      prepare({ views: [texts], indices }, random) {
        const shape = [indices.length, length] as const;
        return { ...maskTexts(texts as Float32Array, shape, sequence.vocabulary, options, random) };
      },
      loss(forward, inputs) {
        const { places, answers, weights } = inputs as Named<tf.Tensor1D>;
        const scores = head(forward, gatherRows(encode(forward, inputs), places!) as tf.Tensor2D);
        return {
          loss: tokenCrossEntropy(scores, answers!, weights!),
          metrics: { accuracy: tokenAccuracy(scores, answers!, weights!) },
        };
      },
      guess(forward, inputs) {
        const { shown, places, answers, weights } = inputs as Named<tf.Tensor1D>;
        const batch = shown!.shape[0];
        const spread = (values: tf.Tensor): tf.Tensor =>
          tf.reshape(tf.unsortedSegmentSum(values, places!, batch * length), [batch, length]);
        const asked = spread(weights!);
        const whole = tf.cast(spread(tf.mul(tf.cast(answers!, 'float32'), weights!)), 'int32');
        return {
          original: tf.where(tf.greater(asked, 0), whole, shown!),
          shown: shown!,
          asked,
          ...bestTokens(head(forward, encode(forward, inputs)), [batch, length]),
        };
      },
    };
  },
});
