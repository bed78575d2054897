import type { SequenceEncoder } from '../encoders/encoder.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { type DecoderOptions, decoder } from './decoders.ts';
import type { PretextContext, PretextTask } from './method.ts';
import { sequenceOf } from './sequences.ts';
import { bestTokens } from './tokenHead.ts';
import { tokenAccuracy, tokenCrossEntropy } from './tokenLoss.ts';

/**
 * Encoder, decoder and loss of an autoencoder for texts: the decoder makes a vector for each place from the feature
 * vector alone, the embedding's own table tells which token fits it, and the loss is the cross-entropy of the right one
 * over all tokens but padding. Inputs int32 [batch, length]: `original` and, where the encoder sees something else,
 * `corrupted`.
 */
export function restoreTexts(
  context: PretextContext,
  options: DecoderOptions,
  method: string,
): Pick<PretextTask, 'loss' | 'guess'> {
  const sequence = sequenceOf(context.encoder, method);
  const { length, width } = sequence;
  const decode = decoder(context, options, [length, width]);
  const scores = (forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor2D => {
    const vectors = decode(forward, context.encoder.features(forward, seen(inputs)));
    return sequence.scores(forward, tf.reshape(vectors, [vectors.size / width, width]));
  };
  return judgeRestored(sequence, scores, (inputs) => ({
    original: inputs.original as tf.Tensor2D,
    shown: seen(inputs) as tf.Tensor2D,
  }));
}

function seen({ original, corrupted }: Named<tf.Tensor>): tf.Tensor {
  return (corrupted ?? original) as tf.Tensor;
}

/**
 * Loss and guesses of a method that restores whole texts: the mean cross-entropy over all tokens of the `original` but
 * padding. `scores`: of every token at each place, [batch * length, vocabulary]. `texts`: int32 [batch, length], the
 * original and what the encoder sees of it.
 */
export function judgeRestored(
  sequence: Pick<SequenceEncoder, 'present' | 'length'>,
  scores: (forward: Forward, inputs: Named<tf.Tensor>) => tf.Tensor2D,
  texts: (inputs: Named<tf.Tensor>) => { readonly original: tf.Tensor2D; readonly shown: tf.Tensor2D },
): Required<Pick<PretextTask, 'loss' | 'guess'>> {
  return {
    loss(forward, inputs) {
      const { original } = texts(inputs);
      const found = scores(forward, inputs);
      const answers = tf.reshape(original, [original.size]) as tf.Tensor1D;
      const weights = tf.reshape(sequence.present(original), [original.size]) as tf.Tensor1D;
      return {
        loss: tokenCrossEntropy(found, answers, weights),
        metrics: { accuracy: tokenAccuracy(found, answers, weights) },
      };
    },
    guess(forward, inputs) {
      const { original, shown } = texts(inputs);
      return {
        original,
        shown,
        asked: sequence.present(original),
        ...bestTokens(scores(forward, inputs), [original.shape[0], sequence.length]),
      };
    },
  };
}
