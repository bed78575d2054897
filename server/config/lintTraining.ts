import type { Findings } from './findings.ts';
import type { Config } from './schema.ts';
import { formatNumber } from './words.ts';

/** Which optimizers use a key; the others ignore it. */
const usedBy: Readonly<Record<string, readonly string[]>> = {
  momentum: ['sgd', 'lars'],
  beta1: ['adam', 'adamw'],
  beta2: ['adam', 'adamw'],
  epsilon: ['adam', 'adamw'],
  trust: ['lars'],
};

/** Checks the course of training: schedule, optimizer, and how often it is looked at. */
export function lintTraining({ train, evaluate }: Config, findings: Findings): void {
  if (train.warmupEpochs > train.epochs) {
    findings.error(['train', 'warmupEpochs'], {
      code: 'conflict',
      message: 'the warm-up is longer than the training',
      found: `warmupEpochs ${formatNumber(train.warmupEpochs)} with epochs ${train.epochs}`,
      expected: `fewer than ${train.epochs} epochs of warm-up; a tenth is usual`,
      fix: `set train.warmupEpochs: ${formatNumber(train.epochs / 10)}, or train longer`,
      solve: [{ set: ['train', 'warmupEpochs'], to: train.epochs / 10 }],
    });
  } else if (train.warmupEpochs === train.epochs) {
    findings.warn(['train', 'warmupEpochs'], {
      code: 'conflict',
      message: 'the warm-up is as long as the training',
      found: `warmupEpochs ${train.epochs} with epochs ${train.epochs}`,
      expected: `fewer than ${train.epochs} epochs of warm-up; a tenth is usual`,
      fix: `set train.warmupEpochs: ${formatNumber(train.epochs / 10)}, or train longer`,
      solve: [{ set: ['train', 'warmupEpochs'], to: train.epochs / 10 }],
    });
  }
  if (train.minLearningRate > train.learningRate) {
    findings.error(['train', 'minLearningRate'], {
      code: 'conflict',
      message: 'the learning rate would rise instead of fall',
      found: `minLearningRate ${formatNumber(train.minLearningRate)} with learningRate ${formatNumber(train.learningRate)}`,
      expected: `at most ${formatNumber(train.learningRate)}`,
      fix: 'exchange the two values, or set train.minLearningRate: 0',
      solve: [{ set: ['train', 'minLearningRate'], to: 0 }],
    });
  }
  if (train.schedule === 'constant') {
    findings.noEffect(
      ['train', 'minLearningRate'],
      'schedule is constant',
      'remove it, or set schedule: cosine',
      [{ remove: ['train', 'minLearningRate'] }, { set: ['train', 'schedule'], to: 'cosine' }],
    );
  }
  if (train.learningRate > 1 && (train.optimizer === 'adam' || train.optimizer === 'adamw')) {
    findings.warn(['train', 'learningRate'], {
      code: 'conflict',
      message: `the learning rate is very high for ${train.optimizer}`,
      found: formatNumber(train.learningRate),
      expected: 'something between 0.0001 and 0.01',
      fix: 'set train.learningRate: 0.001',
      solve: [{ set: ['train', 'learningRate'], to: 0.001 }],
    });
  }
  for (const [key, optimizers] of Object.entries(usedBy)) {
    if (optimizers.includes(train.optimizer)) continue;
    findings.noEffect(
      ['train', key],
      `optimizer is ${train.optimizer}; ${key} is for ${optimizers.join(' and ')}`,
    );
  }
  if (train.optimizer === 'lars' && train.momentum === 0) {
    findings.warn(['train', 'momentum'], {
      code: 'conflict',
      message: 'lars runs without momentum',
      found: 'momentum 0',
      expected: 'momentum 0.9, as in the paper',
      fix: 'set train.momentum: 0.9, or optimizer: sgd',
      solve: [
        { set: ['train', 'momentum'], to: 0.9 },
        { set: ['train', 'optimizer'], to: 'sgd' },
      ],
    });
  }
  for (const [path, every] of [
    [['evaluate', 'every'], evaluate.every],
    [['evaluate', 'preview', 'every'], evaluate.preview === false ? 1 : evaluate.preview.every],
  ] as const) {
    if (every <= train.epochs) continue;
    findings.warn(path, {
      code: 'conflict',
      message: `${path.join('.')} is longer than the training`,
      found: `every ${every} epochs, with epochs ${train.epochs}`,
      expected: `at most ${train.epochs}`,
      fix: `set ${path.join('.')}: ${train.epochs} or less`,
      solve: [{ set: path, to: train.epochs }],
    });
  }
  if (evaluate.knn && evaluate.knn.k > evaluate.samples && findings.given('evaluate', 'knn', 'k')) {
    findings.error(['evaluate', 'knn', 'k'], {
      code: 'conflict',
      message: 'kNN asks for more neighbours than samples are embedded',
      found: `k ${evaluate.knn.k} with evaluate.samples ${evaluate.samples}`,
      expected: `at most ${evaluate.samples}`,
      fix: `set evaluate.knn.k: ${Math.min(20, evaluate.samples)} or less, or raise evaluate.samples`,
      solve: [{ set: ['evaluate', 'knn', 'k'], to: Math.min(20, evaluate.samples) }],
    });
  }
}
