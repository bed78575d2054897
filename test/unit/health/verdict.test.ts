import assert from 'node:assert/strict';
import test from 'node:test';
import type { Result, Variant, Verdict } from '../../../server/protocol/run.ts';
import { finalVerdict } from '../../../server/training/health/finalVerdict.ts';
import { shouldStop } from '../../../server/training/health/guard.ts';
import { healthyRank, type LayerHealth, verdict } from '../../../server/training/health/verdict.ts';

const layer = (std: number, rank: number, size = 128, samples = 360): LayerHealth => ({
  std,
  rank,
  size,
  samples,
});

/** Four SimSiam runs on the sklearn digits, 60 epochs, batch 256, measured on the test split; raw pixels 96.8 and 89.4. */
const simsiam = (
  encoder: [number, number],
  projector: [number, number],
  predictor: [number, number],
  loss: number,
  linear: number,
  few: number,
) =>
  verdict({
    family: 'negative-free',
    batchSize: 256,
    losses: [-0.2, loss],
    progress: 1,
    layers: { encoder: layer(...encoder), projector: layer(...projector), predictor: layer(...predictor) },
    linearProbe: { pretrained: linear, rawInput: 0.968, randomEncoder: 0.959 },
    fewLabels: { pretrained: few, rawInput: 0.894, labelsPerClass: 10 },
  });

test('the four measured SimSiam runs are named', () => {
  const healthy = simsiam([0.776, 58], [0.976, 25], [0.976, 12], -0.894, 0.986, 0.937);
  assert.equal(healthy.state, 'healthy');
  assert.match(healthy.summary, /98\.6 % against 96\.8 % with the linear probe/);

  const noStopGradient = simsiam([0.769, 47], [0.846, 4.2], [0.843, 3.1], -0.957, 0.969, 0.913);
  assert.equal(noStopGradient.state, 'dimensionalCollapse');
  assert.match(noStopGradient.summary, /RankMe 4\.2 of 128/);
  assert.match(noStopGradient.cause ?? '', /stop-gradient/);

  const noBatchNorm = simsiam([0.772, 58], [0.069, 3.6], [0.026, 1.2], -0.998, 0.956, 0.842);
  assert.equal(noBatchNorm.state, 'completeCollapse');
  assert.match(noBatchNorm.fix ?? '', /batch norm/);
  assert.match(noBatchNorm.summary, /fell from -0\.200 to -0\.998, but it rewards this collapse/);

  assert.equal(
    simsiam([0.763, 39], [0.016, 2], [0.009, 1.1], -0.999, 0.944, 0.788).state,
    'completeCollapse',
  );
});

test('the same runs are named without labels, and collapse is seen at the predictor alone', () => {
  const state = (projector: LayerHealth, predictor?: LayerHealth) =>
    verdict({ layers: { projector, ...(predictor === undefined ? {} : { predictor }) } }).state;
  assert.equal(state(layer(0.976, 25)), 'healthy');
  assert.equal(state(layer(0.846, 4.2)), 'dimensionalCollapse');
  assert.equal(state(layer(0.069, 3.6)), 'completeCollapse');
  assert.equal(state(layer(0.976, 25), layer(0.026, 20)), 'completeCollapse');
  assert.equal(state(layer(0.976, 25), layer(0.976, 1.5)), 'dimensionalCollapse');
});

test('the rank that is asked for follows dimension, samples, batch and the data itself', () => {
  assert.ok(healthyRank(layer(1, 1)) > 4.2 && healthyRank(layer(1, 1)) < 25);
  assert.ok(healthyRank(layer(1, 1, 16)) < 4);
  assert.equal(healthyRank(layer(1, 1, 2048, 2000), 256), healthyRank(layer(1, 1, 256, 2000)));
  assert.ok(healthyRank(layer(1, 1), 8) < 3);
  assert.equal(healthyRank(layer(1, 1), 256, 6), 3);
});

test('worse than raw input: named, with the numbers, unless few labels make up for it', () => {
  const layers = { projector: layer(0.97, 30) };
  const worse = verdict({ layers, linearProbe: { pretrained: 0.959, rawInput: 0.968, randomEncoder: 0.96 } });
  assert.equal(worse.state, 'notBeatingRawInput');
  assert.match(worse.summary, /95\.9 % against 96\.8 %.*untrained encoder reaches 96\.0 %/);
  assert.ok(worse.fix !== undefined && worse.cause !== undefined);
  const few = { pretrained: 0.95, rawInput: 0.894, labelsPerClass: 10 };
  assert.equal(
    verdict({ layers, linearProbe: { pretrained: 0.965, rawInput: 0.968 }, fewLabels: few }).state,
    'healthy',
  );
});

test('kNN alone decides nothing: raw input is hard to beat there', () => {
  const result = verdict({
    layers: { projector: layer(0.97, 30) },
    knn: { pretrained: 0.968, rawInput: 0.978 },
  });
  assert.equal(result.state, 'healthy');
  assert.match(result.summary, /Whether it beats the raw input is not known/);
});

test('methods without projector are judged by the encoder', () => {
  const state = (encoder: LayerHealth) => verdict({ family: 'reconstruction', layers: { encoder } }).state;
  assert.equal(state(layer(0.776, 58)), 'healthy');
  assert.equal(state(layer(0.3, 6, 10)), 'healthy');
  assert.equal(state(layer(0.5, 1.6, 2)), 'healthy');
  assert.equal(state(layer(0.0004, 1.0)), 'completeCollapse');
  assert.equal(state(layer(0.4, 1.1)), 'dimensionalCollapse');
  const raw = verdict({
    family: 'reconstruction',
    layers: { encoder: layer(0.776, 58) },
    linearProbe: { pretrained: 0.9, rawInput: 0.95 },
  });
  assert.equal(raw.state, 'notBeatingRawInput');
});

test('nothing measured, too early, or a loss that is not a number: unknown, in words', () => {
  assert.equal(verdict({ layers: {} }).state, 'unknown');
  const early = verdict({ layers: { projector: layer(0.9, 3) }, progress: 0.02 });
  assert.equal(early.state, 'unknown');
  assert.match(early.summary, /too early/);
  const broken = verdict({ layers: { projector: layer(0.9, 30) }, losses: [1, NaN] });
  assert.equal(broken.state, 'unknown');
  assert.match(broken.fix ?? '', /learningRate/);
  assert.equal(verdict({ layers: { projector: layer(NaN, 1) } }).state, 'unknown');
});

test('a run is stopped only after the same collapse three times in a row', () => {
  const say = (state: Verdict['state']): Verdict => ({ state, summary: '' });
  const [bad, low, good] = [say('completeCollapse'), say('dimensionalCollapse'), say('healthy')];
  assert.ok(shouldStop([good, bad, bad, bad]));
  assert.ok(!shouldStop([bad, bad]));
  assert.ok(!shouldStop([bad, good, bad]));
  assert.ok(!shouldStop([bad, low, bad]));
  assert.ok(!shouldStop([good, good, good]));
});

test('healthy runs of other methods and widths, measured on the digits, are not accused', () => {
  const state = (
    family: 'contrastive' | 'redundancy' | 'negative-free',
    projector: LayerHealth,
    predictor?: LayerHealth,
  ) =>
    verdict({
      family,
      batchSize: 256,
      layers: {
        projector,
        ...(predictor === undefined ? {} : { predictor }),
        rawInput: layer(0.62, 34.8, 64),
      },
    }).state;
  assert.equal(state('redundancy', layer(0.903, 54.6, 256)), 'healthy');
  assert.equal(state('redundancy', layer(0.824, 37.5, 256)), 'healthy');
  assert.equal(state('contrastive', layer(0.931, 42.4)), 'healthy');
  assert.equal(state('negative-free', layer(0.84, 42.7), layer(0.639, 17.5)), 'healthy');
  assert.equal(state('negative-free', layer(0.961, 45.6, 1024), layer(0.966, 8.2, 1024)), 'healthy');
});

test('an untrained encoder that does as well is mentioned, unless few labels show a gain', () => {
  const layers = { projector: layer(0.97, 30) };
  const linearProbe = { pretrained: 0.976, rawInput: 0.97, randomEncoder: 0.976 };
  assert.match(verdict({ layers, linearProbe }).summary, /added nothing/);
  const fewLabels = { pretrained: 0.92, rawInput: 0.89, randomEncoder: 0.87, labelsPerClass: 10 };
  assert.doesNotMatch(verdict({ layers, linearProbe, fewLabels }).summary, /added nothing/);
});

/** Test accuracies of linear probes: pretrained, raw input, random encoder. */
const probes = (labelsPerClass: number | 'all', ...values: number[]): Result[] =>
  values.map((value, i) => ({
    metric: 'linearProbe',
    variant: (['pretrained', 'rawInput', 'randomEncoder'] as Variant[])[i]!,
    split: 'test',
    labelsPerClass,
    value,
    std: 0,
    draws: 1,
    protocol: '',
  }));

test('the final evaluation, few labels included, decides about the raw input', () => {
  const projector = layer(0.97, 30);
  const online = verdict({
    layers: { projector },
    linearProbe: { pretrained: 0.94, rawInput: 0.96 },
  });
  assert.equal(online.state, 'notBeatingRawInput');
  const results = [...probes('all', 0.965, 0.968, 0.95), ...probes(10, 0.93, 0.894), ...probes(1, 0.7, 0.6)];
  const final = finalVerdict(online, results);
  assert.equal(final?.state, 'healthy');
  assert.equal(
    final?.summary,
    'It beats the raw input: 96.5 % against 96.8 % with the linear probe, 70.0 % against 60.0 % with 1 label per class. Not collapsed (projector: std x sqrt(d) 0.970, RankMe 30.0 of 128).',
  );
  assert.equal(finalVerdict(final, probes('all', 0.965, 0.968))?.state, 'notBeatingRawInput', 'again');
  assert.equal(finalVerdict(undefined, probes(1, 0.7, 0.6))?.state, 'healthy', 'few labels alone');
});

test('without such numbers, and after a collapse or a divergence, the last verdict stays', () => {
  const healthy = verdict({ layers: { projector: layer(0.97, 30) } });
  assert.equal(finalVerdict(healthy, []), healthy);
  assert.equal(finalVerdict(healthy, probes('all', 0.9)), healthy, 'nothing to compare with');
  assert.equal(finalVerdict(undefined, []), undefined);
  const good = probes('all', 0.99, 0.5);
  for (const last of [
    verdict({ layers: { projector: layer(0.02, 2) }, losses: [1, 0.1] }),
    verdict({ layers: { projector: layer(Number.NaN, 2) } }),
  ])
    assert.equal(finalVerdict(last, good), last);
  const unknown = verdict({ layers: {} });
  assert.equal(finalVerdict(unknown, good)?.state, 'healthy');
});

test('a loss that has frozen at ln(outputs) is a collapse that no layer needs to show', () => {
  const of = (losses: number[], signs: object, progress = 1) =>
    verdict({ family: 'distillation', layers: { projector: layer(0.9, 40) }, losses, signs, progress });
  const frozen = of([5.1, 5.546, 5.545, 5.545], { outputs: 256 });
  assert.equal(frozen.state, 'completeCollapse');
  assert.match(frozen.summary, /frozen at ln\(256\) = 5\.545.*RankMe 40\.0/);
  assert.match(frozen.cause ?? '', /one answer for all samples/);
  assert.equal(of([5.1, 5.545, 5.545], { outputs: 256 }).state, 'healthy');
  assert.equal(of([5.1, 5.545, 5.545, 5.5], { outputs: 256 }).state, 'healthy');
  assert.equal(of([5.545, 5.545, 5.545], { outputs: 128 }).state, 'healthy');
  assert.equal(of([5.545, 5.545, 5.545], { outputs: 256 }, 0.05).state, 'unknown');
});

test('a metric below its floor is a collapse, with the number; the option at fault replaces the usual cause', () => {
  const cause = { cause: 'The targets are not normalized.', fix: 'Set pretext.normalize: layer.' };
  const of = (metrics: Record<string, number>) =>
    verdict({
      family: 'distillation',
      layers: { encoder: layer(0.5, 40) },
      signs: { floors: { targetSpread: 0.1 }, cause },
      metrics,
    });
  const low = of({ targetSpread: 0.023 });
  assert.equal(low.state, 'completeCollapse');
  assert.match(low.summary, /targetSpread 0\.023, below 0\.1; encoder/);
  assert.deepEqual([low.cause, low.fix], [cause.cause, cause.fix]);
  const healthy = of({ targetSpread: 0.2 });
  assert.equal(healthy.state, 'healthy');
  assert.equal(healthy.cause, undefined);
  assert.equal(of({}).state, 'healthy');
});

test('without classes the final verdict tells what regression and detection gave', () => {
  const last: Verdict = { state: 'healthy', summary: 'Not collapsed.', spread: 'encoder: std 0.5' };
  const measured = (
    metric: 'r2' | 'ap50',
    fitted: 'linearProbe' | 'finetune',
    values: Partial<Record<Variant, number>>,
  ) =>
    Object.entries(values).map(
      ([variant, value]): Result => ({
        metric,
        fitted,
        ...(metric === 'r2' && { target: 'mass' }),
        variant: variant as Variant,
        split: 'test',
        labelsPerClass: 'all',
        value,
        std: 0,
        draws: 1,
        protocol: '',
      }),
    );
  const worse = finalVerdict(last, measured('r2', 'linearProbe', { pretrained: 0.82, rawInput: 0.88 }))!;
  assert.equal(worse.state, 'notBeatingRawInput');
  assert.match(worse.summary, /^It does not beat the raw input\. mass: pretraining did not pay here/);
  assert.match(worse.summary, /R² 0\.88\d* against R² 0\.82\d*.*Not collapsed \(encoder: std 0\.5\)\.$/);
  assert.ok(worse.cause && worse.fix);
  const better = finalVerdict(last, measured('r2', 'linearProbe', { pretrained: 0.9, rawInput: 0.88 }))!;
  assert.equal(better.state, 'healthy');
  assert.equal(better.cause, undefined);
  const found = finalVerdict(last, measured('ap50', 'finetune', { pretrained: 0.8, supervised: 0.6 }))!;
  assert.equal(found.state, 'healthy');
  assert.match(found.summary, /80\.0 %.*60\.0 %/);
  const collapsed: Verdict = { state: 'completeCollapse', summary: '', cause: 'x', fix: 'y' };
  const good = measured('r2', 'linearProbe', { pretrained: 0.9, rawInput: 0.88 });
  assert.equal(finalVerdict(collapsed, good), collapsed);
});
