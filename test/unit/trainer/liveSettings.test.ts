import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configSchema } from '../../../server/config/schema.ts';
import { LiveSettings } from '../../../server/trainer/liveSettings.ts';

const config = configSchema.parse({
  data: { images: '/pictures' },
  encoder: { type: 'mlp' },
  pretext: { method: 'autoencoder' },
  train: { epochs: 10, learningRate: 0.01 },
});
const hashes = { pretrain: 'p', evaluate: 'e', downstream: 'd', export: 'x' };
const at = (step: number) => ({ step, stepsPerEpoch: 8, time: 1000 + step });

describe('settings of a live run', () => {
  it('says what changed, from what to what, and since when', () => {
    const settings = new LiveSettings(config);
    const change = settings.apply({ train: { learningRate: 0.001, schedule: 'constant' } }, at(12));
    assert.deepEqual(change, {
      step: 12,
      epoch: 1.5,
      time: 1012,
      text: 'train.learningRate: 0.01 -> 0.001, train.schedule: cosine -> constant',
      changes: { train: { learningRate: 0.001, schedule: 'constant' } },
    });
    assert.equal(settings.train.learningRate, 0.001);
    assert.equal(settings.train.batchSize, config.train.batchSize);
    assert.deepEqual(settings.history, [change]);
  });

  it('takes no notice of what holds already', () => {
    const settings = new LiveSettings(config);
    assert.equal(
      settings.apply({ train: { learningRate: 0.01 }, evaluate: config.evaluate }, at(1)),
      undefined,
    );
    assert.deepEqual(settings.history, []);
    assert.equal(settings.hashes(hashes, 80), hashes);
  });

  it('marks the result as that of no config only where the result depends on the change', () => {
    const settings = new LiveSettings(config);
    const every = settings.apply({ evaluate: { ...config.evaluate, every: 5, knn: false } }, at(3));
    assert.equal(every?.text, 'evaluate.every: 1 -> 5, evaluate.knn: {"k":20,"temperature":0.1} -> false');
    settings.apply({ train: { checkpointEvery: 5 } }, at(4));
    assert.equal(settings.history.length, 2);
    assert.equal(settings.hashes(hashes, 80), hashes);
    settings.apply({ train: { learningRate: 0.001 } }, at(5));
    const changed = settings.hashes(hashes, 80);
    for (const [stage, hash] of Object.entries(hashes)) assert.notEqual(changed[stage as 'pretrain'], hash);
  });

  it('gives another hash for another step of the change', () => {
    const hashOf = (step: number) => {
      const settings = new LiveSettings(config);
      settings.apply({ train: { learningRate: 0.001 } }, at(step));
      return settings.hashes(hashes, 80).pretrain;
    };
    assert.equal(hashOf(5), hashOf(5));
    assert.notEqual(hashOf(5), hashOf(6));
  });

  it('finishes the epoch that has begun when fewer are wanted', () => {
    const settings = new LiveSettings(config);
    const change = settings.apply({ train: { epochs: 1 } }, at(17));
    assert.equal(settings.train.epochs, 3);
    assert.equal(change?.text, 'train.epochs: 10 -> 3');
    assert.deepEqual(change?.changes, { train: { epochs: 3 } });
  });

  it('goes on as if it had never been stored', () => {
    const settings = new LiveSettings(config);
    settings.apply({ train: { learningRate: 0.001, checkpointEvery: 5 } }, at(5));
    const restored = new LiveSettings(config);
    restored.restore(JSON.parse(JSON.stringify(settings.state)));
    assert.deepEqual(restored.train, { ...settings.train, checkpointEvery: config.train.checkpointEvery });
    assert.deepEqual(restored.history, settings.history);
    assert.equal(restored.hashes(hashes, 80).pretrain, settings.hashes(hashes, 80).pretrain);
  });
});
