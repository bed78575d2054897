import type { Encoder, SampleShape } from '../../encoders/encoder.ts';
import { dense } from '../../nn/dense.ts';
import { type Parameter, Scope } from '../../nn/parameters.ts';
import * as tf from '../../nn/tf.ts';
import { type EncoderModel, still } from './classifier.ts';
import type { Model } from './features.ts';
import type { Trainable } from './fitter.ts';

/** An encoder with a linear head for one number, learnt by squared error. */
export interface Regressor extends Model, Trainable {
  readonly encoder: Encoder;
  readonly parameters: readonly Parameter[];
  readonly sample: SampleShape;
}

/** Puts a head (`head/weight`, `head/bias`) on an encoder: x [batch, ...sample shape] -> `number` [batch, 1]. */
export function buildRegressor({ encoder, parameters, sample }: EncoderModel): Regressor {
  const all = [...parameters];
  const head = dense(new Scope(all).child('head', encoder.blocks + 1), encoder.size, 1);
  return {
    encoder,
    parameters: all,
    sample,
    outputs: (forward, x) => ({ number: head(forward, encoder.features(forward, x)) as tf.Tensor2D }),
    inputs: (batch) => ({
      x: { shape: [batch, ...sample.shape], dtype: 'float32' },
      target: { shape: [batch, 1], dtype: 'float32' },
    }),
    loss(forward, { x, target }, { frozenStatistics }) {
      const seen = frozenStatistics ? still(forward) : forward;
      const told = head(forward, encoder.features(seen, x as tf.Tensor));
      return { loss: tf.mean(tf.square(tf.sub(told, target!))) as tf.Scalar };
    },
  };
}
