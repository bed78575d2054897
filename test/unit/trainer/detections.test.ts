import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { classTable, detectionPictures } from '../../../server/protocol/detections.ts';
import type { Result } from '../../../server/protocol/run.ts';
import { drawDetections } from '../../../server/trainer/show/detections.ts';
import { images } from '../../../server/trainer/show/images.ts';
import type { Detection, TrueBox } from '../../../server/training/data/boxes/boxes.ts';

const size = 48;
const factor = 4; // 48 pixels are enlarged to 192
const gap = 4;

test('boxes are drawn where they are: true ones above, the surest of each place below', async () => {
  const truth: TrueBox[] = [
    { category: 0, x: 10, y: 12, width: 20, height: 16 },
    { category: 1, x: 34, y: 34, width: 10, height: 10, flag: 'difficult' },
  ];
  const found: Detection[] = [
    { category: 1, score: 0.8, x: 11, y: 12, width: 20, height: 16 },
    { category: 0, score: 0.4, x: 12, y: 12, width: 20, height: 16 }, // covered by the surer one
    { category: 0, score: 0.2, x: 36, y: 4, width: 8, height: 8 }, // too unsure
  ];
  const drawable = {
    look: images.look!,
    sample: { modality: 'image', shape: [size, size, 1] } as const,
    mean: [0],
    std: [1],
  };
  const values = new Float32Array(size * size); // black
  const png = await drawDetections(
    { values, categories: ['cat', 'dog'], truth: [truth], found: [found] },
    drawable,
  );
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [size * factor + 2 * gap, 2 * size * factor + 3 * gap]);
  /** The colour at a place of the image in one of the rows. */
  const at = (row: number, x: number, y: number): number[] => {
    const top = gap + row * (size * factor + gap);
    const start = ((top + y * factor) * info.width + gap + x * factor) * info.channels;
    return [...data.subarray(start, start + 3)];
  };
  const [black, cat, dog, grey] = [
    [0, 0, 0],
    [230, 159, 0],
    [86, 180, 233],
    [160, 160, 160],
  ];
  assert.deepEqual(at(0, 10, 20), cat, 'left edge of the true box');
  assert.deepEqual(at(0, 20, 20), black, 'its inside');
  assert.deepEqual(at(0, 34, 40), grey, 'an object that does not count');
  assert.deepEqual(at(1, 11, 20), dog, 'what was found');
  assert.deepEqual(at(1, 12, 20), black, 'the covered detection is not drawn');
  assert.deepEqual(at(1, 36, 8), black, 'nor an unsure one');
  // The words stand above the box, on its colour.
  assert.deepEqual(at(0, 10, 9), cat);
});

const result = (
  variant: Result['variant'],
  labelsPerClass: Result['labelsPerClass'],
  cat: number,
): Result => ({
  metric: 'ap50',
  fitted: 'finetune',
  variant,
  split: 'test',
  labelsPerClass,
  value: cat,
  std: 0,
  draws: 1,
  protocol: '',
  perClass: { cat },
  picture: `detections/${variant}-${labelsPerClass}.png`,
});

test('pictures are told once each, the most images first; classes with the most images', () => {
  const results = [
    result('pretrained', 50, 0.5),
    { ...result('pretrained', 50, 0.5), metric: 'ap' as const },
    result('supervised', 200, 0.6),
    result('pretrained', 200, 0.8),
  ];
  assert.deepEqual(detectionPictures(results), [
    { file: 'detections/pretrained-200.png', title: 'pretrained, 200 annotated images' },
    { file: 'detections/supervised-200.png', title: 'supervised, 200 annotated images' },
    { file: 'detections/pretrained-50.png', title: 'pretrained, 50 annotated images' },
  ]);
  assert.deepEqual(classTable(results), {
    title: 'AP50 of each class, 200 annotated images',
    variants: ['pretrained', 'supervised'],
    rows: [{ name: 'cat', values: [0.8, 0.6] }],
  });
  assert.equal(classTable([]), undefined);
  assert.deepEqual(detectionPictures([]), []);
});
