import assert from 'node:assert/strict';
import { test } from 'node:test';
import { methods } from '../../../server/methods/registry.ts';
import { build, image } from './tiny.ts';

const vit = { type: 'vit', patch: 2, width: 8, depth: 1, heads: 2 };

/** Every option that collapses its method on purpose, and what the verdict must say of it. */
const onPurpose: readonly (readonly [method: string, options: object, cause: RegExp])[] = [
  ['simsiam', { stopGradient: false }, /stopGradient: false/],
  ['simsiam', { projector: { norm: 'none' } }, /no batch normalization/],
  ['byol', { momentum: 0 }, /low momentum/],
  ['byol', { predictor: { norm: 'none' } }, /no batch normalization/],
  ['vicreg', { variance: 0 }, /variance term weighs too little/],
  ['vicreg', { covariance: 0 }, /covariance term is off/],
  ['barlowTwins', { lambda: 0 }, /redundancy term is off/],
  ['swav', { epsilon: 100 }, /so smooth/],
  ['dino', { centering: false }, /not centred/],
  ['dino', { teacherTemperature: 0.1 }, /not sharpened/],
  ['data2vec', { momentum: 0 }, /low momentum/],
  ['data2vec', { normalize: 'none' }, /not normalized/],
];

const causeOf = (method: string, options: object) =>
  build(methods[method]!, image(8, 8, 1), { encoder: vit, options }).task.collapse?.cause;

for (const [method, options, cause] of onPurpose)
  test(`${method} with ${JSON.stringify(options)} knows why it would collapse, and the way back`, () => {
    const found = causeOf(method, options);
    assert.match(found?.cause ?? '', cause);
    assert.match(found?.fix ?? '', /pretext\./);
  });

test('with its defaults no method blames an option', () => {
  for (const method of new Set(onPurpose.map(([method]) => method)))
    assert.equal(causeOf(method, {}), undefined);
});
