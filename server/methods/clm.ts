import * as z from 'zod';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { defineMethod } from './method.ts';
import { needsSequence, sequenceOf } from './sequences.ts';
import { bestTokens } from './tokenHead.ts';
import { tokenAccuracy, tokenCrossEntropy } from './tokenLoss.ts';

export const clm = defineMethod({
  name: 'clm',
  title: 'Causal language model',
  summary:
    'Guesses each token of a text from those before it, as GPT does. Every token is a task, so that little text is used well.',
  paper: {
    title: 'Improving Language Understanding by Generative Pre-Training',
    url: 'https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf',
  },
  family: 'autoregressive',
  modalities: ['text'],
  options: z.strictObject({}),
  check: (context) => needsSequence('clm', context, { attention: 'causal' }),

  build({ encoder, batchSize }) {
    const sequence = sequenceOf(encoder, 'clm');
    if (!sequence.causal) throw new Error('clm needs encoder.attention: causal.');
    const { length, width } = sequence;
    if (length < 2) throw new Error('clm needs texts of at least 2 tokens: use a larger data.length.');

    /** Scores of what follows each place but the last, [batch * (length - 1), vocabulary]. */
    const scores = (forward: Forward, ids: tf.Tensor2D): tf.Tensor2D => {
      const present = sequence.present(ids);
      const { tokens } = sequence.encode(forward, sequence.embed(forward, ids), { present });
      const before = tf.split(tokens, [length - 1, 1], 1)[0] as tf.Tensor3D;
      return sequence.scores(forward, tf.reshape(before, [before.size / width, width]));
    };
    /** All tokens but the first, and whether they are tokens at all. */
    const following = (ids: tf.Tensor2D): { answers: tf.Tensor1D; weights: tf.Tensor1D } => {
      const after = tf.split(ids, [1, length - 1], 1)[1] as tf.Tensor2D;
      return {
        answers: tf.reshape(after, [after.size]),
        weights: tf.reshape(sequence.present(after), [after.size]),
      };
    };

    return {
      views: ['plain'],
      inputs: { text: { shape: [batchSize, length], dtype: 'int32' } },
      prepare: ({ views: [texts] }) => ({ text: Int32Array.from(texts as Float32Array) }),
      loss(forward, inputs) {
        const ids = inputs.text as tf.Tensor2D;
        const found = scores(forward, ids);
        const { answers, weights } = following(ids);
        return {
          loss: tokenCrossEntropy(found, answers, weights),
          metrics: { accuracy: tokenAccuracy(found, answers, weights) },
        };
      },
      guess(forward, inputs: Named<tf.Tensor>) {
        const ids = inputs.text as tf.Tensor2D;
        const batch = ids.shape[0];
        const { tokens, probabilities } = bestTokens(scores(forward, ids), [batch, length - 1]);
        // Nothing is said about the first token, which begins every text.
        const first = [
          [0, 0],
          [1, 0],
          [0, 0],
        ] as [number, number][];
        return {
          original: ids,
          shown: ids,
          asked: tf.pad(
            tf.reshape(following(ids).weights, [batch, length - 1]),
            first.slice(0, 2) as [number, number][],
          ),
          tokens: tf.pad(tokens, first),
          probabilities: tf.pad(probabilities, first),
        };
      },
    };
  },
});
