import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colourisation, colourLoss } from '../../../server/methods/colourisation.ts';
import { classColours, colourClasses, rebalanced, withoutColour } from '../../../server/methods/colours.ts';
import * as tf from '../../../server/nn/tf.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, mean, negativeLogProbability } from './float64.ts';
import { build, image, plainBatch, tensors } from './tiny.ts';

const scale = { mean: [0.4, 0.5, 0.3], std: [0.2, 0.25, 0.1] };

/** An image of these colours (0..1), normalised. */
const normalised = (colours: readonly (readonly number[])[]): Float32Array =>
  Float32Array.from(colours.flatMap((colour) => colour.map((v, k) => (v - scale.mean[k]!) / scale.std[k]!)));

const [grey, red, blue] = [
  [0.4, 0.4, 0.4],
  [1, 0, 0],
  [0, 0, 1],
] as const;

test('weighted cross-entropy of the colours: value and gradient against float64', () => {
  const labels = [2, 0, 1, 2];
  const weights = [0.5, 2, 1, 0.5];
  assertLoss(
    (x) => colourLoss(x, tf.tensor1d(labels, 'int32'), tf.tensor1d(weights)),
    (rows) => mean(rows.map((row, i) => weights[i]! * negativeLogProbability(row, labels[i]!))),
    [tf.mul(normals([4, 3]), 3)],
  );
});

test('without colour all channels are the luma of the image, normalised as before', () => {
  const found = withoutColour({ values: normalised([grey, red]), height: 1, width: 2, ...scale });
  const colours = [0.4, 0.299].map((y) => [y, y, y]);
  assertClose(found, normalised(colours), 1e-5);
});

test('classes: grey in the middle, pure red and pure blue at the ends of their axes', () => {
  const classes = colourClasses(
    { values: normalised([grey, red, blue]), height: 1, width: 3, ...scale },
    1,
    9,
  );
  assert.equal(classes[0], 4 * 9 + 4);
  assert.equal(classes[1]! % 9, 8);
  assert.equal(Math.floor(classes[2]! / 9), 8);
});

test('a cell has the mean colour of its pixels; cells at the edge have fewer', () => {
  // 3 x 3: red and its opposite mix to grey in the first cell; the others lie at the edges.
  const cyan = [0, 1, 1];
  const values = normalised([red, cyan, red, cyan, red, red, blue, blue, blue]);
  const classes = colourClasses({ values, height: 3, width: 3, ...scale }, 2, 9);
  const alone = (colour: readonly number[]) =>
    colourClasses({ values: normalised([colour]), height: 1, width: 1, ...scale }, 1, 9)[0];
  assert.deepEqual([...classes], [4 * 9 + 4, alone(red), alone(blue), alone(blue)]);
});

test('the colour of its class, added to its grey, is near the colour of a pixel', () => {
  const bins = 31;
  const colours = classColours(bins, scale.std);
  for (const colour of [grey, red, blue, [0.2, 0.7, 0.4], [0.9, 0.8, 0.1]]) {
    const images = { values: normalised([colour]), height: 1, width: 1, ...scale };
    const [label] = colourClasses(images, 1, bins);
    const found = withoutColour(images).map((v, k) => (v + colours[label! * 3 + k]!) * scale.std[k]!);
    found.forEach((v, k) => {
      assert.ok(Math.abs(v + scale.mean[k]! - colour[k]!) < 0.04, `${colour}: ${v + scale.mean[k]!}`);
    });
  }
});

test('rare colours weigh more, by equation 4 of the paper, with mean 1', () => {
  const classes = Int32Array.of(0, 0, 0, 1);
  const weights = rebalanced(classes, 4, 0.5);
  assertClose([weights[3]! / weights[0]!], [(0.5 * 0.75 + 0.5 / 4) / (0.5 * 0.25 + 0.5 / 4)], 1e-6);
  assertClose([mean([...weights])], [1], 1e-6);
  assert.deepEqual([...rebalanced(classes, 4, 1)], [1, 1, 1, 1]);
});

const shape = [5, 6, 3];
const setting = { encoder: { type: 'mlp', hidden: [6] }, batchSize: 2, options: { bins: 3 } };

test('the encoder sees no colour, and pictures keep the lightness of the original', () => {
  const { task, forward, random } = build(colourisation, image(...shape), setting);
  const arrays = task.prepare(plainBatch(2, shape), random(0));
  const inputs = tensors(task, arrays);
  assert.deepEqual(task.inputs.colours!.shape, [2 * 3 * 3]);
  for (let i = 0; i < arrays.grey!.length; i += 3) assert.equal(arrays.grey![i], arrays.grey![i + 2]);
  const { original, corrupted, restored } = task.reconstruct!(forward, inputs);
  assert.equal(corrupted, inputs.grey);
  assert.deepEqual(restored.shape, original.shape);
  const again = withoutColour({
    values: restored.dataSync() as Float32Array,
    height: 5,
    width: 6,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  });
  assertClose(again, arrays.grey!, 1e-5);
  // Cells of 2 x 2 pixels share what is added.
  const added = tf.sub(restored, corrupted).arraySync() as number[][][][];
  assertClose(added[1]![2]![0]!, added[1]![3]![1]!, 1e-4);
});

test('grey images are reported with the fix', () => {
  const check = (channels: number) =>
    colourisation.check!(
      { sample: image(8, 8, channels), encoderType: 'convnet', batchSize: 4 },
      colourisation.options.parse({}),
    );
  assert.deepEqual(check(3), []);
  assert.match(check(1)[0]!.fix, /data.channels to 3/);
});
