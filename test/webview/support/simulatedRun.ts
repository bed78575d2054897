import type { Result, Variant } from '../../../server/protocol/run.ts';
import type { EmbeddingMap, RunSnapshot, RunSummary, Series } from '../../../server/protocol/runView.ts';

/** Runs as the server would show them: made up, the same each time. */

const started = Date.parse('2026-01-31T14:25:01Z');
const stepsPerEpoch = 5;

export function simulatedSummary(changes: Partial<RunSummary> & { readonly id: string }): RunSummary {
  return {
    name: 'digits-vicreg',
    folder: `/work space/.selfsup/runs/${changes.id}`,
    configFile: '/work space/digits.selfsup.yaml',
    state: 'running',
    created: new Date(started).toISOString(),
    started: new Date(started).toISOString(),
    stage: { kind: 'pretrain', title: 'Pretrain' },
    progress: {
      step: 200,
      steps: 400,
      epoch: 40,
      epochs: 80,
      samplesPerSecond: 3120,
      etaSeconds: 95,
      memory: 734_003_200,
    },
    loss: 16.43,
    best: { knn: 0.942, linearProbe: 0.967 },
    verdict: {
      state: 'healthy',
      summary:
        'It beats the raw input: 96.7 % against 95.5 % with the linear probe. Not collapsed (projector: std x sqrt(d) 0.95, RankMe 47 of 256).',
    },
    device: {
      name: 'cpu',
      description: 'ONNX Runtime on the CPU, 2 threads',
      reason: 'cpu, because this machine shows no graphics card.',
    },
    resumable: false,
    foreign: false,
    ...(changes.state && changes.state !== 'running' && { ended: new Date(started + 161_000).toISOString() }),
    ...changes,
  };
}

/** A curve over steps 1..count (or every so many), with values by step. */
export function simulatedSeries(
  name: string,
  from: number,
  to: number,
  value: (step: number) => number,
  every = 1,
): Series {
  const steps: number[] = [];
  for (let step = from; step <= to; step += every) steps.push(step);
  return {
    name,
    stage: 'pretrain',
    steps,
    epochs: steps.map((step) => step / stepsPerEpoch),
    times: steps.map((step) => started + step * 400),
    values: steps.map(value),
    total: Math.floor(to / every),
  };
}

/** Deterministic, and rough enough to look like a measurement. */
export const noise = (step: number): number => Math.sin(step * 12.9898) * Math.cos(step * 78.233);

export const lossAt = (step: number, level = 16): number =>
  level + 10 * Math.exp(-step / 60) + 0.35 * noise(step);

export function simulatedRun(
  changes: Partial<RunSummary> & { readonly id: string },
  { steps = 200, level = 16, results = [] as readonly Result[], empty = false } = {},
): RunSnapshot {
  const summary = simulatedSummary(changes);
  if (empty) {
    const { progress: _progress, loss: _loss, verdict: _verdict, ...bare } = summary;
    return {
      summary: { ...bare, state: 'preparing', best: {} },
      config: 'name: digits-vicreg\n',
      series: [],
      marks: [],
      previews: [],
      results: [],
      log: [],
      maps: [],
    };
  }
  const rise = (from: number, to: number, pace: number) => (step: number) =>
    to - (to - from) * Math.exp(-step / pace) + 0.004 * noise(step);
  return {
    summary,
    config: [
      `name: ${summary.name}`,
      'seed: 0',
      'data:',
      '  images: ../data/digits',
      'encoder:',
      '  type: convnet',
      '  width: 32',
      'pretext:',
      '  method: vicreg',
      'train:',
      '  epochs: 80',
      '  batchSize: 256',
      '  learningRate: 0.002',
      '',
    ].join('\n'),
    series: [
      simulatedSeries('loss', 1, steps, (step) => lossAt(step, level)),
      simulatedSeries(
        'learningRate',
        1,
        steps,
        (step) => 0.002 * (0.5 + 0.5 * Math.cos((step / 400) * Math.PI)),
      ),
      simulatedSeries('gradientNorm', 1, steps, (step) => 2 + noise(step)),
      simulatedSeries('invariance', 1, steps, (step) => 0.4 * Math.exp(-step / 80) + 0.02),
      simulatedSeries('knn', 20, steps, rise(0.62, 0.945, 60), 20),
      simulatedSeries('linearProbe', 20, steps, rise(0.7, 0.97, 50), 20),
      simulatedSeries('encoder/std', 20, steps, rise(0.5, 0.81, 60), 20),
      simulatedSeries('projector/std', 20, steps, rise(0.4, 0.97, 40), 20),
      simulatedSeries('encoder/rankMe', 20, steps, (step) => 60 - 40 * Math.exp(-step / 80), 20),
      simulatedSeries('projector/rankMe', 20, steps, (step) => 47 - 38 * Math.exp(-step / 60), 20),
    ],
    marks: [{ step: 120, epoch: 24, time: started + 48_000, text: 'train.learningRate: 0.004 -> 0.002' }],
    previews: [20, 60, 100, 140, 180]
      .filter((step) => step <= steps)
      .map((step) => ({ step, file: `previews/step-${String(step).padStart(8, '0')}.png` })),
    results,
    log: [
      '2026-01-31T14:25:01.050Z info    Data: 1,797 images 8x8x1 in 10 classes (IDX); 1438 to train, 359 to test.',
      '2026-01-31T14:25:01.058Z info    Device: cpu, ONNX Runtime on the CPU, 2 threads.',
      '2026-01-31T14:25:01.134Z info    Pretrain: started.',
      '2026-01-31T14:25:49.134Z warning train.learningRate: 0.004 -> 0.002, from step 120.',
    ],
    maps: [100, 200].filter((step) => step <= steps),
  };
}

/** Results at three numbers of labels, with their controls. */
export function simulatedResults(): Result[] {
  const accuracies: readonly [Result['metric'], Variant, readonly number[]][] = [
    ['linearProbe', 'pretrained', [0.747, 0.938, 0.983]],
    ['linearProbe', 'rawInput', [0.58, 0.878, 0.972]],
    ['linearProbe', 'randomEncoder', [0.523, 0.844, 0.947]],
    ['finetune', 'pretrained', [0.721, 0.951, 0.989]],
    ['finetune', 'supervised', [0.498, 0.901, 0.986]],
  ];
  const labels = [1, 10, 'all'] as const;
  const spread = [0.081, 0.018, 0];
  return [
    ...(['pretrained', 'rawInput', 'randomEncoder'] as const).map(
      (variant, index): Result => ({
        stage: 'evaluate',
        metric: 'knn',
        variant,
        split: 'test',
        labelsPerClass: 'all',
        value: [0.964, 0.972, 0.967][index]!,
        std: 0,
        draws: 1,
        protocol: 'offline, kNN, k = 20, cosine',
      }),
    ),
    ...accuracies.flatMap(([metric, variant, values]) =>
      values.map(
        (value, index): Result => ({
          stage: 'downstream',
          metric,
          variant,
          split: 'test',
          labelsPerClass: labels[index]!,
          value,
          std: spread[index]!,
          draws: index === 2 ? 1 : 5,
          protocol: 'offline, frozen: logistic regression, mean of 5 draws',
        }),
      ),
    ),
  ];
}

/** Ten clouds of points; `spread` is how far each reaches. */
export function simulatedMap(step: number, samples = 300): EmbeddingMap {
  const classes = Array.from({ length: 10 }, (_, index) => `digit ${index}`);
  const labels = Array.from({ length: samples }, (_, index) => index % 10);
  const size = 4;
  const spread = 0.35 + 60 / step;
  const values = labels.flatMap((label, index) =>
    Array.from({ length: size }, (_, axis) => {
      const centre = 3 * Math.cos(label * (1.3 + axis) + axis);
      return centre + spread * (noise(index * 7 + axis) + noise(index * 3 + 11 * axis));
    }),
  );
  return {
    step,
    layer: 'encoder',
    pca: labels.map((_, index) => [values[index * size]!, values[index * size + 1]!]),
    explained: [0.423, 0.187],
    components: { size, values },
    labels,
    classes,
    samples: labels.map((label, index) => ({
      index,
      name: `digits/${label}/image-${String(index).padStart(4, '0')}.png`,
      file: `/work space/data/digits/${label}/image-${String(index).padStart(4, '0')}.png`,
    })),
    thumbnails: { file: `embeddings/step-${step}.png`, columns: 20, size: 28 },
  };
}
