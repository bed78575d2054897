import type { Encoder, StageMaps } from '../../../encoders/encoder.ts';
import { relu } from '../../../nn/activation.ts';
import { conv2d, upsample2x } from '../../../nn/convolution.ts';
import { groupNorm } from '../../../nn/groupNorm.ts';
import type { Forward, Layer, Scope } from '../../../nn/parameters.ts';
import * as tf from '../../../nn/tf.ts';

/** Features on one grid over the image. */
export interface Neck {
  /** [rows, columns] */
  readonly grid: readonly [number, number];
  /** Reads the encoder through `encoderForward`, its own parameters through `forward`: -> [batch, rows, columns, width]. */
  features(forward: Forward, encoderForward: Forward, x: tf.Tensor): tf.Tensor;
}

/** The maps of an encoder: those of its stages, or the tokens of a transformer on their grid; undefined without any. */
export function mapsOf(encoder: Encoder): StageMaps | undefined {
  if (encoder.stages !== undefined) return encoder.stages;
  const { tokens } = encoder;
  if (tokens === undefined) return undefined;
  const { grid, width, classToken, count } = tokens;
  return {
    shapes: [[...grid, width]],
    maps(forward, x) {
      const encoded = tokens.encode(forward, tokens.embed(forward, tokens.patchify(x)));
      const patches = classToken ? tf.slice(encoded, [0, 1, 0], [-1, count, -1]) : encoded;
      return [tf.reshape(patches, [encoded.shape[0], ...grid, width])];
    },
  };
}

/**
 * Brings the encoder's maps to one grid with a cell for every `stride` pixels, as a feature pyramid does for its finest
 * level (Lin et al. 2017, https://arxiv.org/abs/1612.03144): coarse maps are enlarged and added to finer ones. Where
 * even the finest map is coarser, it is enlarged; where all are finer, the coarsest gives the grid.
 */
export function buildNeck(
  scope: Scope,
  encoder: Encoder,
  sample: readonly number[],
  { stride, width }: { readonly stride: number; readonly width: number },
): Neck {
  const maps = mapsOf(encoder);
  if (maps === undefined)
    throw new Error('This encoder has no feature maps: a detector needs a convnet or a vit.');
  const wanted = Math.ceil((sample[0] ?? 1) / stride);
  const { shapes } = maps;
  const coarseEnough = shapes.findIndex(([rows]) => rows <= wanted);
  const finest = coarseEnough === -1 ? shapes.length - 1 : coarseEnough;
  const laterals = shapes
    .slice(finest)
    .map(([, , inputs], i) => conv2d(scope.child(`lateral${i + 1}`), { inputs, outputs: width, kernel: 1 }));
  let [rows, columns] = shapes[finest]!;
  const enlarge: Layer[] = [];
  while (rows * 2 <= wanted) {
    enlarge.push(normalizedConvolution(scope.child(`enlarge${enlarge.length + 1}`), width));
    [rows, columns] = [rows * 2, columns * 2];
  }
  return {
    grid: [rows, columns],
    features(forward, encoderForward, x) {
      const levels = maps.maps(encoderForward, x).slice(finest);
      const merged = levels
        .map((map, i) => laterals[i]!(forward, map))
        .reduceRight((coarse, fine) => tf.add(fine, enlargedTo(coarse, fine.shape)));
      return enlarge.reduce<tf.Tensor>((y, layer) => layer(forward, upsample2x(y)), merged);
    },
  };
}

/** 3x3 convolution, group normalization, ReLU: does not depend on what else is in the batch. */
export function normalizedConvolution(scope: Scope, width: number): Layer {
  const convolve = conv2d(scope, { inputs: width, outputs: width, bias: false });
  const normalize = groupNorm(scope.child('norm'), width);
  return (forward, x) => relu(normalize(forward, convolve(forward, x)));
}

/** Twice as large; of odd sizes, the last row or column is left out. */
function enlargedTo(map: tf.Tensor, [, rows, columns]: readonly number[]): tf.Tensor {
  const larger = upsample2x(map);
  if (larger.shape[1] === rows && larger.shape[2] === columns) return larger;
  return tf.slice(larger, [0, 0, 0, 0], [-1, rows!, columns!, -1]);
}
