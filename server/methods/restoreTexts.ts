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
  return {
    loss(forward, inputs) {
      const text = inputs.original as tf.Tensor2D;
      const found = scores(forward, inputs);
      const answers = tf.reshape(text, [text.size]) as tf.Tensor1D;
      const weights = tf.reshape(sequence.present(text), [text.size]) as tf.Tensor1D;
      return {
        loss: tokenCrossEntropy(found, answers, weights),
        metrics: { accuracy: tokenAccuracy(found, answers, weights) },
      };
    },
    guess(forward, inputs) {
      const text = inputs.original as tf.Tensor2D;
      return {
        original: text,
        shown: seen(inputs),
        asked: sequence.present(text),
        ...bestTokens(scores(forward, inputs), [text.shape[0], length]),
      };
    },
  };
}

function seen({ original, corrupted }: Named<tf.Tensor>): tf.Tensor {
  return (corrupted ?? original) as tf.Tensor;
}
