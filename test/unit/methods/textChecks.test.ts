import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clm } from '../../../server/methods/clm.ts';
import { mlm } from '../../../server/methods/mlm.ts';
import { simcse } from '../../../server/methods/simcse.ts';
import { tsdae } from '../../../server/methods/tsdae.ts';
import { sample } from './smallTexts.ts';

test('misuse: other encoders, the other kind of attention, nothing to undo', () => {
  const check = (method: typeof mlm, encoderType: string, attention: string, options: object = {}) =>
    method.check!(
      { sample, encoderType, encoderOptions: { attention, width: 8 }, batchSize: 4 },
      method.options.parse(options),
    );
  assert.deepEqual(check(mlm, 'transformer', 'full'), []);
  assert.match(check(mlm, 'mlp', 'full')[0]!.fix, /transformer/);
  assert.match(check(mlm, 'transformer', 'causal')[0]!.fix, /attention to full, or pretext.method to clm/);
  assert.match(check(clm, 'transformer', 'full')[0]!.fix, /attention to causal/);
  assert.deepEqual(check(clm, 'transformer', 'causal'), []);
  assert.deepEqual(check(simcse, 'transformer', 'causal'), []);
  assert.match(check(tsdae, 'transformer', 'full', { delete: 0 })[0]!.fix, /delete: 0.6/);
  assert.match(check(tsdae, 'transformer', 'full', { decoder: { heads: 3 } })[0]!.fix, /heads: 1/);
});
