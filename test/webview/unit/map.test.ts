import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  nearestPoint,
  neighbourAgreement,
  nextPoint,
  type Position,
  Projection,
} from '../../../webview/embeddings/geometry.ts';

test('a projection keeps proportions, fills the field and puts y upwards', () => {
  const points: Position[] = [
    [0, 0],
    [10, 0],
    [0, 5],
  ];
  const projection = new Projection(points, 220, 120, 10);
  const [origin, right, top] = points.map((point) => projection.toPixel(point));
  assert.deepEqual(origin, [10, 110]);
  assert.deepEqual(right, [210, 110]);
  assert.deepEqual(top, [10, 10]);
});

test('one point, or all at one place, lie in the middle', () => {
  assert.deepEqual(new Projection([[3, 3]], 100, 50, 5).toPixel([3, 3]), [50, 25]);
});

const cross: Position[] = [
  [50, 50],
  [80, 50],
  [20, 52],
  [50, 10],
  [55, 90],
];

test('the point under the pointer, within reach', () => {
  assert.equal(nearestPoint(cross, [78, 52], 14), 1);
  assert.equal(nearestPoint(cross, [65, 30], 14), undefined);
});

test('arrow keys go to the next point in their direction and stop at the border', () => {
  assert.equal(nextPoint(cross, 0, [1, 0]), 1);
  assert.equal(nextPoint(cross, 0, [-1, 0]), 2);
  assert.equal(nextPoint(cross, 0, [0, -1]), 3);
  assert.equal(nextPoint(cross, 0, [0, 1]), 4);
  assert.equal(nextPoint(cross, 1, [1, 0]), undefined);
});

test('classes that keep together have neighbours of their own', () => {
  const positions: Position[] = [
    [0, 0],
    [0, 1],
    [10, 0],
    [10, 1],
    [0.2, 0.2],
  ];
  assert.deepEqual(neighbourAgreement(positions, [0, 0, 1, 1, 1], 2), [
    { count: 2, same: 0 },
    { count: 3, same: 2 },
  ]);
});
