import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../server/packageRoot.ts';
import type { Detection, TrueBox } from '../../../server/training/data/boxes/boxes.ts';
import {
  averagePrecision,
  type JudgedImage,
  overlapThresholds,
} from '../../../server/training/downstream/detection/averagePrecision.ts';

interface Numbers {
  readonly ap: number | null;
  readonly ap50: number | null;
  readonly ap75: number | null;
}

interface Case {
  readonly name: string;
  readonly categories: number;
  readonly images: readonly JudgedImage[];
  readonly expected: readonly (Numbers & {
    readonly area: readonly [number, number];
    readonly maxDetections: number;
    readonly perClass: readonly Numbers[];
  })[];
}

const file = path.join(packageRoot(), 'test', 'fixtures', 'detection', 'cocoeval.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

function same(actual: number | undefined, expected: number | null, what: string): void {
  if (expected === null) assert.equal(actual, undefined, what);
  else assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= 1e-6, `${what}: ${actual}, not ${expected}`);
}

for (const { name, categories, images, expected } of cases) {
  test(`average precision is that of pycocotools: ${name}`, () => {
    assert.equal(expected.length, 12);
    for (const { area, maxDetections, perClass, ...all } of expected) {
      const found = averagePrecision(images, categories, { area, maxDetections });
      const where = `area ${area}, ${maxDetections} detections`;
      for (const key of ['ap', 'ap50', 'ap75'] as const) {
        same(found[key], all[key], `${key}, ${where}`);
        for (const [k, numbers] of perClass.entries())
          same(found.perClass[k]![key], numbers[key], `${key} of class ${k}, ${where}`);
      }
    }
  });
}

test('thresholds are those of COCO', () => {
  assert.deepEqual(
    overlapThresholds.map((t) => t.toFixed(2)),
    ['0.50', '0.55', '0.60', '0.65', '0.70', '0.75', '0.80', '0.85', '0.90', '0.95'],
  );
});

const object = (flag?: TrueBox['flag']): TrueBox => ({
  category: 0,
  x: 10,
  y: 10,
  width: 40,
  height: 40,
  ...(flag && { flag }),
});
const detection = (score: number, x = 10): Detection => ({
  category: 0,
  x,
  y: 10,
  width: 40,
  height: 40,
  score,
});

test('a difficult object counts neither as missed nor, however often found, as wrong', () => {
  const easy: TrueBox = { ...object(), x: 100 };
  const none = averagePrecision([{ truth: [object('difficult'), easy], found: [detection(0.5, 100)] }], 1);
  assert.ok(Math.abs(none.ap! - 1) < 1e-12);
  const found = [detection(0.9), detection(0.8, 11), detection(0.5, 100)];
  assert.ok(Math.abs(averagePrecision([{ truth: [object('difficult'), easy], found }], 1).ap! - 1) < 1e-12);
  // The same object counts in full without the mark: its second detection is wrong.
  assert.ok(averagePrecision([{ truth: [object(), easy], found }], 1).ap! < 0.9);
});

test('small detections inside a crowd do not count; those of a difficult object must fit it', () => {
  const inside: Detection = { category: 0, x: 20, y: 20, width: 5, height: 5, score: 0.9 };
  const easy: TrueBox = { ...object(), x: 100 };
  const judge = (flag: TrueBox['flag']) =>
    averagePrecision([{ truth: [object(flag), easy], found: [inside, detection(0.5, 100)] }], 1).ap!;
  assert.ok(Math.abs(judge('crowd') - 1) < 1e-12);
  assert.ok(Math.abs(judge('difficult') - 0.5) < 1e-12);
});
