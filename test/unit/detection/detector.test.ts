import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Named } from '../../../server/nn/parameters.ts';
import { randomAt } from '../../../server/random.ts';
import type { Detection, TrueBox } from '../../../server/training/data/boxes/boxes.ts';
import { decodeCells } from '../../../server/training/downstream/detection/decode.ts';
import {
  buildDetector,
  type Detector,
  targetInputs,
} from '../../../server/training/downstream/detection/detector.ts';
import { suppress } from '../../../server/training/downstream/detection/nms.ts';
import { assignTargets, emptyTargets } from '../../../server/training/downstream/detection/targets.ts';
import { FeatureExtractor } from '../../../server/training/downstream/features.ts';
import { Fitter } from '../../../server/training/downstream/fitter.ts';
import { freshValues } from '../../../server/training/downstream/representation.ts';
import { openCpu } from '../../../server/training/engine/compiledEngine.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import type { Engine } from '../../../server/training/engine/engine.ts';
import { buildEncoder, image } from '../../support/encoders.ts';
import { assertClose } from '../../support/numeric.ts';

const sample = image(24, 32, 1);

function detectorOn(type: string, options: Record<string, unknown>, stride = 4): Detector {
  const { encoder, parameters } = buildEncoder(type, sample, options);
  return buildDetector({ encoder, parameters, sample }, 3, { stride, width: 8, depth: 1 });
}

test('the grid has a cell for every stride pixels, whatever the maps of the encoder', () => {
  const gridOf = ({ grid: { rows, columns } }: Detector) => [rows, columns];
  const convnet = { width: 4, stages: 4 }; // maps of 24, 12, 6 and 3 rows
  assert.deepEqual(gridOf(detectorOn('convnet', convnet, 4)), [6, 8]);
  assert.deepEqual(gridOf(detectorOn('convnet', convnet, 2)), [12, 16]);
  assert.deepEqual(gridOf(detectorOn('convnet', convnet, 8)), [3, 4]);
  // All maps are finer: the coarsest.
  assert.deepEqual(gridOf(detectorOn('convnet', { width: 4, stages: 2 }, 8)), [12, 16]);
  // All are coarser: enlarged.
  assert.deepEqual(gridOf(detectorOn('vit', { patch: 8, width: 16, depth: 1, heads: 2 }, 4)), [6, 8]);
  assert.deepEqual(gridOf(detectorOn('vit', { patch: 4, width: 16, depth: 1, heads: 2 }, 4)), [6, 8]);
  const odd = buildEncoder('convnet', image(30, 42, 1), { width: 4, stages: 4 }); // 30, 15, 8, 4
  const detector = buildDetector({ ...odd, sample: image(30, 42, 1) }, 3, { width: 8 });
  assert.deepEqual(gridOf(detector), [8, 11]);
});

const boxes: readonly (readonly TrueBox[])[] = [
  [
    { category: 0, x: 2, y: 3, width: 12, height: 10 },
    { category: 2, x: 18, y: 8, width: 9, height: 14 },
  ],
  [{ category: 1, x: 6, y: 4, width: 20, height: 16, flag: 'crowd' }],
];

function batchFor(detector: Detector): Named<Float32Array | Int32Array> {
  const random = randomAt(5, 'scenes');
  const targets = emptyTargets(2, detector.grid);
  for (const [i, here] of boxes.entries()) assignTargets(here, detector.grid, i, targets);
  return {
    x: Float32Array.from({ length: 2 * 24 * 32 }, () => random.normal()),
    ...targetInputs(targets),
  };
}

for (const [name, type, options] of [
  ['convnet', 'convnet', { width: 4, stages: 4 }],
  ['vit', 'vit', { patch: 8, width: 16, depth: 1, heads: 2, pool: 'class' }],
] as const) {
  test(`compiled training and predictions equal the reference: ${name}`, async () => {
    const results: { losses: number[]; cells: Float32Array }[] = [];
    for (const engine of [await openReference(), await openCpu({ threads: 1 })]) {
      const detector = detectorOn(type, options);
      const { encoder, parameters } = detector;
      const start = freshValues({ encoder, parameters, sample }, 1);
      const losses: number[] = [];
      const fitter = await Fitter.create(engine, detector, 2, { minUpdates: 4, learningRate: 1e-3 });
      await fitter.fit(
        { count: 2, read: async () => batchFor(detector) },
        { seed: 0, start, onProgress: ({ loss }) => losses.push(loss) },
      );
      await fitter.dispose();
      results.push({ losses, cells: await cellsOf(engine, detector, start) });
    }
    const [expected, actual] = results;
    assert.equal(expected!.losses.length, 20);
    assertClose(actual!.losses.slice(0, 4), expected!.losses.slice(0, 4), 1e-4, 'losses');
    assert.ok(expected!.losses.at(-1)! < expected!.losses[0]!);
    assertClose(actual!.cells, expected!.cells, 1e-4, 'cells');
  });
}

async function cellsOf(
  engine: Engine,
  detector: Detector,
  values: Named<Float32Array>,
): Promise<Float32Array> {
  const extractor = await FeatureExtractor.create(engine, detector, 2);
  const { x } = batchFor(detector);
  const { cells } = await extractor.extract(values, async () => x as Float32Array, Int32Array.of(0, 1));
  await extractor.dispose();
  return cells!.values;
}

test('frozen: the encoder stays as it was, neck and head learn', async () => {
  const detector = detectorOn('convnet', { width: 4, stages: 3 });
  const start = freshValues({ ...detector, sample }, 1);
  const engine = await openReference();
  const fitter = await Fitter.create(engine, detector, 2, { minUpdates: 3, trainableBlocks: 0 });
  const read = async () => batchFor(detector);
  const fitted = await fitter.fit({ count: 2, read }, { seed: 0, start });
  for (const { name, kind } of detector.parameters) {
    const same = fitted[name]!.every((value, i) => value === start[name]![i]);
    if (name.startsWith('encoder/')) assert.ok(same, name);
    else if (kind === 'weight' && !name.includes('bias')) assert.ok(!same, name);
  }
});

const grid = { rows: 6, columns: 8, height: 24, width: 32 };

test('targets: cells near the middle of a box find it, the smaller one where two overlap', () => {
  const targets = emptyTargets(1, grid);
  const large: TrueBox = { category: 1, x: 0, y: 0, width: 32, height: 24 };
  const small: TrueBox = { category: 2, x: 12, y: 8, width: 8, height: 8 };
  assignTargets([small, large], grid, 0, targets);
  // Cells are 4 pixels wide: the middle (16, 12) lies between columns 3 and 4 and between rows 2 and 3.
  const found = [...targets.categories].map((category, cell) => [category, Math.floor(cell / 8), cell % 8]);
  assert.deepEqual(
    found.filter(([category]) => category === 2),
    [
      [2, 2, 3],
      [2, 2, 4],
      [2, 3, 3],
      [2, 3, 4],
    ],
  );
  // The core of the large box has 4 x 4 cells, of which the small one takes the inner four.
  assert.equal(found.filter(([category]) => category === 1).length, 12);
  const at = 2 * 8 + 3; // its middle is (14, 10)
  assert.deepEqual([...targets.distances.subarray(at * 4, at * 4 + 4)], [0.5, 0.5, 1.5, 1.5]);
  assertClose([targets.centerness[at]!], [1 / 3], 1e-6);
});

test('targets: nothing is learnt in crowds and difficult objects, but on others that lie in them', () => {
  const targets = emptyTargets(2, grid);
  const crowd: TrueBox = { category: 1, x: 0, y: 0, width: 16, height: 24, flag: 'crowd' };
  const inside: TrueBox = { category: 0, x: 4, y: 8, width: 8, height: 8 };
  assignTargets([inside, crowd], grid, 1, targets);
  const second = (array: ArrayLike<number>, cell: number) => array[48 + cell];
  for (let cell = 0; cell < 48; cell++) {
    assert.equal(targets.counted[cell], 1);
    const isInside = second(targets.categories, cell) === 0;
    assert.equal(second(targets.counted, cell), cell % 8 < 4 && !isInside ? 0 : 1, `${cell}`);
  }
});

test('targets: an object that lies between the cells is found by the nearest', () => {
  const targets = emptyTargets(1, grid);
  assignTargets([{ category: 0, x: 7, y: 7, width: 1.5, height: 1.5 }], grid, 0, targets);
  const cells = [...targets.categories].flatMap((category, cell) => (category === 0 ? [cell] : []));
  assert.deepEqual(cells, [1 * 8 + 1]);
  assert.equal(targets.centerness[9], 1);
});

test('what the targets say is decoded to the boxes they were made from', () => {
  const random = randomAt(9, 'boxes');
  for (let trial = 0; trial < 50; trial++) {
    const truth: TrueBox = {
      category: random.integer(3),
      x: random.between(0, 16),
      y: random.between(0, 10),
      width: random.between(6, 16),
      height: random.between(6, 14),
    };
    const targets = emptyTargets(1, grid);
    assignTargets([truth], grid, 0, targets);
    const cells = new Float32Array(48 * 8).fill(-20);
    for (let cell = 0; cell < 48; cell++) {
      const category = targets.categories[cell]!;
      if (category >= 0) cells[cell * 8 + category] = 5;
      cells.set(targets.distances.subarray(cell * 4, cell * 4 + 4), cell * 8 + 3);
      const centerness = Math.min(0.999, Math.max(0.001, targets.centerness[cell]!));
      cells[cell * 8 + 7] = Math.log(centerness / (1 - centerness));
    }
    const found = decodeCells(cells, 3, grid);
    assert.equal(found.length, 1, `${trial}`);
    assert.equal(found[0]!.category, truth.category);
    for (const key of ['x', 'y', 'width', 'height'] as const)
      assert.ok(Math.abs(found[0]![key] - truth[key]) < 1e-4, `${trial} ${key}`);
  }
});

test('suppression keeps the best of boxes that overlap, class by class', () => {
  const box = (x: number, score: number, category = 0): Detection => ({
    category,
    score,
    x,
    y: 0,
    width: 10,
    height: 10,
  });
  const list = [box(1, 0.8), box(0, 0.9), box(30, 0.3), box(0, 0.7, 1), box(4, 0.6)];
  assert.deepEqual(suppress(list, 0.6), [box(0, 0.9), box(0, 0.7, 1), box(4, 0.6), box(30, 0.3)]);
  assert.deepEqual(suppress(list, 0.4), [box(0, 0.9), box(0, 0.7, 1), box(30, 0.3)]);
  assert.deepEqual(suppress(list, 0.6, 2), [box(0, 0.9), box(0, 0.7, 1)]);
  // Exactly at the threshold is not above it.
  assert.equal(suppress([box(0, 0.9), box(5, 0.8)], 1 / 3).length, 2);
  assert.deepEqual(suppress([], 0.5), []);
});
