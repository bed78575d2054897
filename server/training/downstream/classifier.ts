import type { Encoder, SampleShape } from '../../encoders/encoder.ts';
import { dense } from '../../nn/dense.ts';
import { type Forward, type Layer, type Parameter, Scope } from '../../nn/parameters.ts';
import type * as tf from '../../nn/tf.ts';
import type { Model } from './features.ts';

/** An encoder with its parameters, as pretraining declared them. */
export interface EncoderModel {
  readonly encoder: Encoder;
  /** The encoder's parameters only. */
  readonly parameters: readonly Parameter[];
  readonly sample: SampleShape;
}

/** An encoder with a linear classification head. */
export interface Classifier extends Model {
  readonly encoder: Encoder;
  readonly classes: number;
  /** x [batch, ...sample shape] -> [batch, classes]. */
  logits(forward: Forward, x: tf.Tensor, options?: { frozenStatistics?: boolean }): tf.Tensor2D;
}

/** Puts a linear head (`head/weight`, `head/bias`) on an encoder. */
export function buildClassifier({ encoder, parameters, sample }: EncoderModel, classes: number): Classifier {
  const all = [...parameters];
  const head: Layer = dense(new Scope(all).child('head', encoder.blocks + 1), encoder.size, classes);
  const logits: Classifier['logits'] = (forward, x, { frozenStatistics = false } = {}) =>
    head(forward, encoder.features(frozenStatistics ? still(forward) : forward, x)) as tf.Tensor2D;
  return {
    encoder,
    classes,
    parameters: all,
    sample,
    logits,
    outputs: (forward, x) => ({ logits: logits(forward, x) }),
  };
}

/** The same parameters seen by layers that are not training: running statistics are used and stay as they are. */
export function still(forward: Forward): Forward {
  const view: Forward = {
    training: false,
    read: (parameter) => forward.read(parameter),
    write: () => {},
    get target(): Forward {
      return view;
    },
  };
  return view;
}
