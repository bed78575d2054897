import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SampleShape } from '../../../server/encoders/encoder.ts';
import { barlowTwins } from '../../../server/methods/barlowTwins.ts';
import { byol } from '../../../server/methods/byol.ts';
import {
  corruptRows,
  damage,
  eachWith,
  exactly,
  type Marginals,
} from '../../../server/methods/corruption.ts';
import type { ColumnGroup } from '../../../server/methods/method.ts';
import { scarf } from '../../../server/methods/scarf.ts';
import { simsiam } from '../../../server/methods/simsiam.ts';
import { vicreg } from '../../../server/methods/vicreg.ts';
import { featureLoss, vime, vimeTerms } from '../../../server/methods/vime.ts';
import * as tf from '../../../server/nn/tf.ts';
import { randomAt } from '../../../server/random.ts';
import { assertClose, normals } from '../../support/numeric.ts';
import { assertLoss, binary, type Matrix, mean, negativeLogProbability, sum } from './float64.ts';
import { batchOf, build, image, table, tensors } from './tiny.ts';

/** Two numbers, a colour of three, a number, a yes/no, coded in 8 values. */
const columns: ColumnGroup[] = [
  { name: 'age', kind: 'numeric', start: 0, length: 1 },
  { name: 'height', kind: 'numeric', start: 1, length: 1 },
  { name: 'colour', kind: 'categorical', start: 2, length: 3 },
  { name: 'weight', kind: 'numeric', start: 5, length: 1 },
  { name: 'member', kind: 'categorical', start: 6, length: 2 },
];
const width = 8;

/** Rows whose numbers name row and column, so that the origin of every value can be told. */
function rowsOf(count: number): Float32Array {
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++)
    for (const { kind, start, length } of columns) {
      if (kind === 'numeric') rows[row * width + start] = row * 100 + start;
      else rows[row * width + start + ((row * 7 + start) % length)] = 1;
    }
  return rows;
}

const stored = { count: 50, values: rowsOf(50) };
const marginals: Marginals = { columns, width, rows: stored };

test('corrupted values come from their own column of the table, one-hot groups as a whole', () => {
  const rows = rowsOf(6);
  const before = rows.slice();
  const corrupted = corruptRows(rows, marginals, exactly(5), randomAt(0, 'corrupt'));
  assert.deepEqual(rows, before);
  for (let row = 0; row < 6; row++)
    for (const { kind, start, length } of columns) {
      const values = corrupted.rows.subarray(row * width + start, row * width + start + length);
      if (kind === 'numeric') assert.equal((values[0]! - start) % 100, 0);
      else assert.deepEqual([...values].sort().at(-1), 1);
      assert.equal(sum([...values]) <= 1 || kind === 'numeric', true);
    }
});

test('each column is exchanged on its own: a corrupted row mixes several donors', () => {
  const { rows } = corruptRows(rowsOf(20), marginals, exactly(5), randomAt(0, 'corrupt'));
  let mixed = 0;
  for (let row = 0; row < 20; row++) {
    const donors = [0, 1, 5].map((start) => (rows[row * width + start]! - start) / 100);
    if (new Set(donors).size > 1) mixed++;
  }
  assert.ok(mixed >= 18, `${mixed} of 20 rows`);
});

test('`changed` marks the columns that differ and no others', () => {
  const rows = rowsOf(40);
  const corrupted = corruptRows(rows, marginals, eachWith(0.5), randomAt(1, 'corrupt'));
  for (let row = 0; row < 40; row++)
    columns.forEach(({ start, length }, column) => {
      const place = row * width + start;
      const differs = rows.subarray(place, place + length).some((v, i) => v !== corrupted.rows[place + i]);
      assert.equal(corrupted.changed[row * columns.length + column], differs ? 1 : 0);
    });
});

test('exactly(n) exchanges n columns, eachWith(p) the share p, all columns equally often', () => {
  const chosenBy = (choose: ReturnType<typeof exactly>, draws: number): number[][] =>
    Array.from({ length: draws }, (_, draw) => {
      const chosen = new Uint8Array(5);
      choose(chosen, randomAt(2, 'choose', draw));
      return [...chosen];
    });
  const three = chosenBy(exactly(3), 2000);
  for (const chosen of three) assert.equal(sum(chosen), 3);
  for (const [draws, share] of [
    [three, 0.6],
    [chosenBy(eachWith(0.3), 2000), 0.3],
  ] as const)
    for (let column = 0; column < 5; column++) {
      const found = mean(draws.map((chosen) => chosen[column]!));
      assert.ok(Math.abs(found - share) < 5 * Math.sqrt((share * (1 - share)) / 2000), `${found}`);
    }
});

test('replacements follow the empirical distribution of the column', () => {
  // 20 % red, 50 % green, 30 % blue
  const values = new Float32Array(10 * 3);
  for (let row = 0; row < 10; row++) values[row * 3 + (row < 2 ? 0 : row < 7 ? 1 : 2)] = 1;
  const one: Marginals = {
    columns: [{ name: 'colour', kind: 'categorical', start: 0, length: 3 }],
    width: 3,
    rows: { count: 10, values },
  };
  const { rows } = corruptRows(new Float32Array(3 * 5000), one, exactly(1), randomAt(3, 'corrupt'));
  for (const [colour, share] of [0.2, 0.5, 0.3].entries()) {
    const found = rows.reduce((n, v, i) => n + (i % 3 === colour ? v : 0), 0) / 5000;
    assert.ok(Math.abs(found - share) < 5 * Math.sqrt((share * (1 - share)) / 5000), `${found}`);
  }
});

test('damage drops whole units and adds noise of the asked spread', () => {
  const values = new Float32Array(3000).fill(2);
  const dropped = damage(values, [1, 2], { noise: 0, drop: 0.3 }, randomAt(4, 'damage'));
  let [single, double] = [0, 0];
  for (let i = 0; i < 3000; i += 3) {
    assert.equal(dropped[i + 1], dropped[i + 2]);
    if (dropped[i] === 0) single++;
    if (dropped[i + 1] === 0) double++;
  }
  const tolerance = 5 * Math.sqrt(1000 * 0.3 * 0.7);
  assert.ok(Math.abs(single - 300) < tolerance && Math.abs(double - 300) < tolerance, `${single} ${double}`);
  const noisy = [...damage(values, [1], { noise: 0.5, drop: 0 }, randomAt(4, 'damage'))];
  const spread = Math.sqrt(mean(noisy.map((v) => (v - 2) ** 2)));
  assert.ok(Math.abs(mean(noisy) - 2) < 0.05 && Math.abs(spread - 0.5) < 0.03, `${mean(noisy)} ${spread}`);
});

const original = tf.tensor2d(
  rowsOf(4).map((v, i) => (v > 1 ? Math.sin(i) : v)),
  [4, width],
);

function featureReference(restored: Matrix, categorical: 'crossEntropy' | 'mse'): number {
  const rows = original.arraySync();
  return mean(
    restored.flatMap((row, i) =>
      columns.map(({ kind, start, length }) => {
        const [found, wanted] = [row, rows[i]!].map((r) => r.slice(start, start + length)) as [
          number[],
          number[],
        ];
        return kind === 'categorical' && categorical === 'crossEntropy'
          ? negativeLogProbability(found, wanted.indexOf(1))
          : sum(found.map((v, j) => (v - wanted[j]!) ** 2));
      }),
    ),
  );
}

for (const categorical of ['crossEntropy', 'mse'] as const) {
  test(`restored features, categorical ${categorical}: value and gradient against float64`, () => {
    assertLoss(
      (x) => featureLoss(x, original, columns, categorical),
      (x) => featureReference(x, categorical),
      [normals([4, width]) as tf.Tensor2D],
    );
  });
}

test('VIME: mask and reconstruction, value and gradient against float64', () => {
  const changed = tf.tensor2d(
    Array.from({ length: 20 }, (_, i) => (i * 3) % 2),
    [4, 5],
  );
  const terms = (maskLogits: tf.Tensor2D, restored: tf.Tensor2D) =>
    vimeTerms({ maskLogits, changed, restored, original }, columns, 'crossEntropy');
  assertLoss(
    (logits, restored) => {
      const { mask, reconstruction } = terms(logits, restored);
      return tf.add(mask, tf.mul(reconstruction, 2));
    },
    (logits, restored) =>
      mean(logits.flatMap((row, i) => row.map((v, j) => binary(v, changed.arraySync()[i]![j]!)))) +
      2 * featureReference(restored, 'crossEntropy'),
    [normals([4, 5], 'logits') as tf.Tensor2D, normals([4, width]) as tf.Tensor2D],
  );
});

test('a class that the one-hot code does not know (all zeros) counts nothing', () => {
  const unknown = tf.zeros([2, 3]) as tf.Tensor2D;
  const colour: ColumnGroup[] = [{ name: 'colour', kind: 'categorical', start: 0, length: 3 }];
  assert.equal(
    Math.abs(featureLoss(normals([2, 3]) as tf.Tensor2D, unknown, colour, 'crossEntropy').dataSync()[0]!),
    0,
  );
});

const setting = { encoder: { type: 'mlp', hidden: [6] }, columns, rows: stored, batchSize: 4 };

test('VIME restores categorical columns as probabilities', () => {
  const { task, forward, random } = build(vime, table(width), setting);
  const arrays = task.prepare(batchOf(4, rowsOf(4)), random(0));
  const inputs = tensors(task, arrays);
  const { original, corrupted, restored } = task.reconstruct!(forward, inputs);
  assert.equal(original, inputs.original);
  assert.deepEqual(corrupted.dataSync(), arrays.corrupted);
  for (const row of restored.arraySync() as Matrix)
    for (const { kind, start, length } of columns)
      if (kind === 'categorical') assertClose([sum(row.slice(start, start + length))], [1], 1e-6);
});

test('SCARF corrupts exactly 60 % of the columns, rounded down, of the second view only', () => {
  const values = normals([50, 8], 'rows').dataSync() as Float32Array;
  const { task, random } = build(scarf, table(8), {
    encoder: { type: 'mlp', hidden: [6] },
    rows: { count: 50, values },
  });
  const rows = normals([4, 8], 'batch').dataSync() as Float32Array;
  const { view0, view1 } = task.prepare(batchOf(4, rows), random(0));
  assert.deepEqual(view0, rows);
  for (let row = 0; row < 4; row++) {
    const changed = rows.subarray(row * 8, row * 8 + 8).filter((v, i) => v !== view1![row * 8 + i]);
    assert.equal(changed.length, 4);
  }
});

const jointEmbedding = [simsiam, byol, vicreg, barlowTwins];

for (const method of jointEmbedding) {
  const values = normals([50, 8], 'rows').dataSync() as Float32Array;
  const built = (options: object) =>
    build(method, table(8), {
      encoder: { type: 'mlp', hidden: [6] },
      rows: { count: 50, values },
      options: { projector: { hidden: 6, size: 5 }, ...options },
    });

  test(`${method.name} on a table: the row as it is beside one with the asked share of columns exchanged`, () => {
    for (const [options, exchanged] of [
      [{}, 4], // SCARF's 60 % of 8, rounded down
      [{ corruption: 0.25 }, 2],
      [{ corruption: 0.01 }, 1],
    ] as const) {
      const { task, forward, random } = built(options);
      assert.deepEqual(task.views, ['plain']);
      const rows = normals([4, 8], 'batch').dataSync() as Float32Array;
      const batch = batchOf(4, rows);
      const arrays = task.prepare(batch, random(0));
      assert.deepEqual(arrays.view0, rows);
      for (let row = 0; row < 4; row++)
        for (let column = 0, changed = 0; column < 8; column++) {
          const place = row * 8 + column;
          if (arrays.view1![place] !== rows[place]) changed++;
          if (column === 7) assert.equal(changed, exchanged);
        }
      assert.notDeepEqual(task.prepare(batch, random(1)).view1, arrays.view1);
      assert.ok(Number.isFinite(task.loss(forward, tensors(task, arrays)).loss.dataSync()[0]));
    }
  });

  test(`${method.name}: corruption of images is reported with the fix`, () => {
    const check = (sample: SampleShape, options: object) =>
      method.check!({ sample, encoderType: 'mlp', batchSize: 4 }, method.options.parse(options));
    assert.deepEqual(check(table(8), { corruption: 0.3 }), []);
    assert.deepEqual(check(image(8, 8, 1), {}), []);
    const [problem] = check(image(8, 8, 1), { corruption: 0.3 });
    assert.deepEqual(problem!.path, ['corruption']);
    assert.match(problem!.fix, /Remove corruption/);
  });
}

test('without the rows of a table no method that corrupts them can be built', () => {
  for (const method of [vime, scarf, ...jointEmbedding])
    assert.throws(
      () => build(method, table(8), { encoder: { type: 'mlp', hidden: [6] } }),
      /needs the encoded rows/,
    );
});
