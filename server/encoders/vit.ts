import * as z from 'zod';
import { dense } from '../nn/dense.ts';
import { layerNorm } from '../nn/layerNorm.ts';
import type { Forward, Layer, Scope } from '../nn/parameters.ts';
import { sinCosPositions2d } from '../nn/positions.ts';
import { broadcast } from '../nn/shapes.ts';
import * as tf from '../nn/tf.ts';
import { transformerBlock } from '../nn/transformerBlock.ts';
import {
  defineEncoder,
  type EmbedOptions,
  type EncodedSequence,
  type OptionProblem,
  type SampleShape,
  type TokenEncoder,
} from './encoder.ts';

const options = z.object({
  patch: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe(
      'Side of a square patch in pixels, 1 to 64; it must divide height and width of the image, or mel bands and frames of a sound.',
    ),
  width: z
    .int()
    .min(4)
    .max(2048)
    .default(192)
    .describe('Length of a token, 4 to 2048, a multiple of 4 and of heads.'),
  depth: z.int().min(1).max(48).default(4).describe('Number of transformer blocks, 1 to 48.'),
  heads: z.int().min(1).max(64).default(3).describe('Attention heads, 1 to 64; they must divide width.'),
  mlpRatio: z
    .number()
    .min(0.25)
    .max(16)
    .default(4)
    .describe("Width of each block's hidden layer relative to width, 0.25 to 16."),
  pool: z
    .enum(['mean', 'class'])
    .default('mean')
    .describe('The feature vector: the mean of all tokens, or one extra class token.'),
});

export const vit = defineEncoder({
  type: 'vit',
  summary: 'Vision transformer on square patches: what the masked methods need.',
  paper: {
    title: 'An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale',
    url: 'https://arxiv.org/abs/2010.11929',
  },
  modalities: ['image', 'audio'],
  options,
  check(sample, { patch, width, heads }) {
    const [height = 1, columns = 1] = sample.shape;
    const problems: OptionProblem[] = [];
    if (height % patch !== 0 || columns % patch !== 0) {
      const near = nearestPatches(height, columns, patch);
      problems.push({
        path: ['patch'],
        found: `${patch} on ${sample.modality === 'audio' ? 'spectrograms' : 'images'} of ${height} x ${columns}`,
        expected: 'a patch that divides height and width',
        fix: `set patch: ${near.join(' or ')}, or ${otherSides(sample, patch)}`,
        set: near.map((value) => ({ path: ['encoder', 'patch'], value })),
      });
    }
    if (width % heads !== 0 || width % 4 !== 0) {
      const step = (heads * 4) / commonDivisor(heads, 4);
      const down = Math.floor(width / step) * step;
      const near = down > 0 ? [down, down + step] : [step];
      problems.push({
        path: width % heads !== 0 ? ['heads'] : ['width'],
        found: `width ${width} with ${heads} heads`,
        expected: 'a width that is a multiple of heads and of 4',
        fix: `set width: ${near.join(' or ')}`,
        set: near.map((value) => ({ path: ['encoder', 'width'], value })),
      });
    }
    return problems;
  },
  build(scope, sample, { patch, width, depth, heads, mlpRatio, pool }) {
    const [height = 1, columns = 1, channels = 1] = sample.shape;
    const grid = [height / patch, columns / patch] as const;
    const tokens = tokenEncoder(scope, {
      patch,
      width,
      depth,
      heads,
      mlpRatio,
      grid,
      channels,
      classToken: pool === 'class',
    });
    return {
      size: width,
      blocks: depth,
      sizeStep: patch,
      tokens,
      features(forward, x) {
        const [, height = 1, columns = 1] = x.shape;
        const grid = [height / patch, columns / patch] as const;
        const encoded = tokens.encode(forward, tokens.embed(forward, tokens.patchify(x), { grid }));
        if (!tokens.classToken) return tf.mean(encoded, 1);
        return tf.reshape(tf.slice(encoded, [0, 0, 0], [-1, 1, -1]), [encoded.shape[0], width]);
      },
    };
  },
});

interface TokenOptions {
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpRatio: number;
  readonly grid: readonly [number, number];
  readonly channels: number;
  readonly classToken: boolean;
}

function tokenEncoder(scope: Scope, options: TokenOptions): TokenEncoder {
  const { patch, width, depth, grid, channels, classToken } = options;
  const [rows, columns] = grid;
  const count = rows * columns;
  const rawSize = patch * patch * channels;
  const project = dense(scope.child('embed', 0), rawSize, width);
  // The class token's position is zero, as in MAE.
  const token = classToken
    ? scope
        .child('embed', 0)
        .weight('class', [width], { kind: 'truncatedNormal', std: 0.02 }, { decay: false })
    : undefined;
  const blocks: Layer[] = [];
  for (let i = 1; i <= depth; i++) blocks.push(transformerBlock(scope.child(`block${i}`, i), options));
  const norm = layerNorm(scope.child('norm', depth), width, { epsilon: 1e-6 });

  return {
    count,
    rawSize,
    width,
    grid,
    classToken,
    patchify(x) {
      const [batch, height, columns] = x.shape as [number, number, number];
      const [down, across] = [height / patch, columns / patch];
      if (!Number.isInteger(down) || !Number.isInteger(across))
        throw new Error(
          `Images of ${height} x ${columns} cannot be cut into patches of ${patch} x ${patch}.`,
        );
      const cut = tf.reshape(x, [batch, down, patch, across, patch * channels]);
      return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [batch, down * across, rawSize]);
    },
    unpatchify(raw) {
      const batch = raw.shape[0];
      const cut = tf.reshape(raw, [batch, rows, columns, patch, patch * channels]);
      return tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [batch, rows * patch, columns * patch, channels]);
    },
    embed(forward, raw, { grid: own = grid, hidden } = {}) {
      const positions = tf.tensor2d(sinCosPositions2d(width, own, grid), [own[0] * own[1], width]);
      const projected = project(forward, raw);
      return tf.add(hidden === undefined ? projected : covered(projected, hidden), positions) as tf.Tensor3D;
    },
    encode: (forward, embedded) => outputs(forward, embedded).tokens,
    outputs,
  };

  function outputs(forward: Forward, embedded: tf.Tensor3D): EncodedSequence {
    const start =
      token === undefined
        ? embedded
        : tf.concat([broadcast(forward.read(token), [embedded.shape[0], 1, width]), embedded], 1);
    let x = start;
    const layers = blocks.map((block) => {
      x = block(forward, x);
      return x as tf.Tensor3D;
    });
    return { tokens: norm(forward, x) as tf.Tensor3D, layers };
  }
}

/** Embedded tokens with one learned token in place of the hidden ones. */
function covered(embedded: tf.Tensor, { mask, token }: NonNullable<EmbedOptions['hidden']>): tf.Tensor {
  const hidden = tf.expandDims(mask, 2);
  return tf.add(tf.mul(embedded, tf.sub(1, hidden)), tf.mul(hidden, token));
}

/** How the data could fit the patch. */
function otherSides({ modality, shape: [height = 1, width = 1] }: SampleShape, patch: number): string {
  const multiple = (side: number): number => Math.max(patch, Math.round(side / patch) * patch);
  return modality === 'audio'
    ? `choose data.mels, data.clip and data.hop for ${multiple(height)} bands and ${multiple(width)} frames`
    : `data.size: ${multiple(Math.min(height, width))}`;
}

/** The nearest smaller and larger patch that divide both sides. */
function nearestPatches(height: number, width: number, patch: number): number[] {
  const common = commonDivisor(height, width);
  let smaller = patch;
  while (common % smaller !== 0) smaller -= 1;
  for (let larger = patch + 1; larger <= Math.min(common, 64); larger++) {
    if (common % larger === 0) return [smaller, larger];
  }
  return [smaller];
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
