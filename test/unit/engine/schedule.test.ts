import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learningRateAt, type Schedule } from '../../../server/training/engine/schedule.ts';

const base: Schedule = {
  schedule: 'cosine',
  learningRate: 1,
  minLearningRate: 0,
  warmupEpochs: 0,
  epochs: 4,
};
const course = (changes: Partial<Schedule>, stepsPerEpoch = 2): number[] =>
  Array.from({ length: 4 * stepsPerEpoch }, (_, step) =>
    Number(learningRateAt({ ...base, ...changes }, stepsPerEpoch, step).toFixed(6)),
  );

test('constant keeps the rate after the warm-up', () => {
  assert.deepEqual(
    course({ schedule: 'constant', warmupEpochs: 2, learningRate: 0.4 }),
    [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4],
  );
});

test('linear falls towards the minimum', () => {
  assert.deepEqual(
    course({ schedule: 'linear', minLearningRate: 0.2 }),
    [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3],
  );
});

test('cosine: half way down at the middle, cos(pi/4) at the quarter', () => {
  assert.deepEqual(course({}), [1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806]);
});

test('warm-up takes a fraction of an epoch and the rest is stretched over what is left', () => {
  assert.deepEqual(
    course({ schedule: 'linear', warmupEpochs: 0.5, epochs: 2 }, 4).slice(0, 8),
    [0.5, 1, 1, 0.833333, 0.666667, 0.5, 0.333333, 0.166667],
  );
});

test('past the end the rate stays at the minimum, also when warm-up was the whole training', () => {
  assert.equal(learningRateAt({ ...base, minLearningRate: 0.1 }, 2, 1000), 0.1);
  assert.equal(learningRateAt({ ...base, warmupEpochs: 4 }, 2, 7), 1);
});
