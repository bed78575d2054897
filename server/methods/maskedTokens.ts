import type { EncodedSequence } from '../encoders/encoder.ts';
import type { Forward, Named } from '../nn/parameters.ts';
import * as tf from '../nn/tf.ts';
import { drawBlocks } from './blockMasking.ts';
import type { PretextContext, PretextTask } from './method.ts';
import { maskTexts } from './mlm.ts';
import { needPatches } from './patches.ts';
import { sequenceOf } from './sequences.ts';

/** Samples as tokens of which some are hidden: patches of images and spectrograms, or the tokens of a text. */
export interface MaskedTokens extends Pick<PretextTask, 'views' | 'inputs' | 'prepare' | 'seen'> {
  readonly width: number;
  readonly depth: number;
  /** What the encoder makes of the tokens that are left, [batch, count, width]; hidden ones included. */
  hidden(forward: Forward, inputs: Named<tf.Tensor>): tf.Tensor3D;
  /** The output of every block for all tokens, nothing hidden; each [batch, count, width]. */
  whole(forward: Forward, inputs: Named<tf.Tensor>): readonly tf.Tensor3D[];
  /** 1 for a hidden token, [batch, count]. */
  mask(inputs: Named<tf.Tensor>): tf.Tensor2D;
}

/** Masks for the kind of sample: blocks of patches, or tokens as in BERT (4 of 5 masked, 1 of 10 exchanged). */
export function maskedTokens(context: PretextContext, method: string, maskRatio: number): MaskedTokens {
  return context.sample.modality === 'text'
    ? maskedText(context, method, maskRatio)
    : maskedPatches(context, method, maskRatio);
}

/** Images [batch, height, width, channels] with hidden patches in the mean colour, which is 0. */
function withHoles(
  images: ArrayLike<number>,
  mask: ArrayLike<number>,
  [height = 1, width = 1, channels = 1]: readonly number[],
  [rows, columns]: readonly [number, number],
): Float32Array {
  return Float32Array.from(images, (value, i) => {
    const pixel = Math.floor(i / channels);
    const sample = Math.floor(pixel / (height * width));
    const row = Math.floor(((Math.floor(pixel / width) % height) * rows) / height);
    const column = Math.floor(((pixel % width) * columns) / width);
    return mask[(sample * rows + row) * columns + column] === 1 ? 0 : value;
  });
}

/** Hidden patches are replaced by one learned token; their positions stay. */
function maskedPatches(
  { scope, encoder, sample, batchSize }: PretextContext,
  method: string,
  maskRatio: number,
): MaskedTokens {
  const tokens = needPatches(encoder, method);
  const { count, width, grid, classToken } = tokens;
  const token = scope
    .child('maskToken')
    .weight('weight', [width], { kind: 'truncatedNormal', std: 0.02 }, { decay: false });
  const withoutClass = (x: tf.Tensor3D): tf.Tensor3D =>
    classToken ? tf.slice(x, [0, 1, 0], [-1, -1, -1]) : x;
  const encode = (forward: Forward, x: tf.Tensor, mask?: tf.Tensor2D): EncodedSequence => {
    const hidden = mask && { mask, token: forward.read(token) as tf.Tensor1D };
    return tokens.outputs(forward, tokens.embed(forward, tokens.patchify(x), { hidden }));
  };
  return {
    width,
    depth: encoder.blocks,
    views: ['augmented'],
    inputs: {
      image: { shape: [batchSize, ...sample.shape], dtype: 'float32' },
      mask: { shape: [batchSize, count], dtype: 'float32' },
    },
    prepare: ({ views: [view], indices }, random) => ({
      image: view as Float32Array,
      mask: drawBlocks(indices.length, grid, maskRatio, random),
    }),
    hidden: (forward, { image, mask }) => withoutClass(encode(forward, image!, mask as tf.Tensor2D).tokens),
    whole: (forward, { image }) => encode(forward, image!).layers.map(withoutClass),
    mask: ({ mask }) => mask as tf.Tensor2D,
    seen: ({ image, mask }) => withHoles(image!, mask!, sample.shape, grid),
  };
}

function maskedText({ encoder, batchSize }: PretextContext, method: string, maskRatio: number): MaskedTokens {
  const sequence = sequenceOf(encoder, method);
  const { length, width, depth } = sequence;
  const encode = (forward: Forward, ids: tf.Tensor2D): EncodedSequence =>
    sequence.encode(forward, sequence.embed(forward, ids), { present: sequence.present(ids) });
  return {
    width,
    depth,
    views: ['plain'],
    inputs: {
      original: { shape: [batchSize, length], dtype: 'int32' },
      shown: { shape: [batchSize, length], dtype: 'int32' },
      mask: { shape: [batchSize, length], dtype: 'float32' },
    },
    prepare({ views: [texts], indices }, random) {
      const shape = [indices.length, length] as const;
      const shares = { maskRatio, random: 0.1, keep: 0.1 };
      const { shown, places, weights } = maskTexts(texts!, shape, sequence.vocabulary, shares, random);
      const mask = new Float32Array(shown.length);
      for (const [slot, place] of places.entries()) if (weights[slot] === 1) mask[place] = 1;
      return { original: Int32Array.from(texts!), shown, mask };
    },
    hidden: (forward, { shown }) => encode(forward, shown as tf.Tensor2D).tokens,
    whole: (forward, { original }) => encode(forward, original as tf.Tensor2D).layers,
    mask: ({ mask }) => mask as tf.Tensor2D,
    seen: ({ shown }) => Float32Array.from(shown!),
  };
}
