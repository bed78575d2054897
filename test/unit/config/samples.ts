import assert from 'node:assert/strict';
import { formatProblem } from '../../../server/config/problem.ts';
import { type ConfiguredRun, type ReadResult, readConfig } from '../../../server/config/read.ts';
import type { Config } from '../../../server/config/schema.ts';

/** A config that uses most of the language. */
export const fullText = `name: digits-vicreg
seed: 3
data:
  images: ../data/digits
  size: 28
encoder: { type: convnet, width: 16 }
pretext:
  method: vicreg
  views: { crop: [0.6, 1], rotate: 15, noise: 0.1, flip: false }
train: { epochs: 20, batchSize: 256, optimizer: adamw, learningRate: 2e-3, schedule: cosine, device: auto }
evaluate: { every: 1, knn: { k: 20 }, linearProbe: true }
downstream:
  - { task: classification, mode: finetune, labelsPerClass: [1, 10, all] }
export: { onnx: true }
`;

export const shortText = `data: { images: digits }
encoder: { type: convnet }
pretext: { method: vicreg }
`;

export const tableText = `data: { table: flowers.csv, label: species }
encoder: { type: mlp }
pretext: { method: scarf }
`;

/** Reads configs that exist only here; `main` is /project/main.selfsup.yaml. */
export function read(main: string, others: Readonly<Record<string, string>> = {}): ReadResult {
  return readConfig('/project/main.selfsup.yaml', {
    text: main,
    readFile: (file) => {
      const text = others[file.replace('/project/', '')];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    },
  });
}

/** The runs of a config that must be without errors. */
export function readRuns(main: string, others?: Readonly<Record<string, string>>): readonly ConfiguredRun[] {
  const { runs, problems } = read(main, others);
  assert.ok(runs.length > 0, problems.map((problem) => formatProblem(problem)).join('\n'));
  return runs;
}

export function readOne(main: string, others?: Readonly<Record<string, string>>): Config {
  const [run] = readRuns(main, others);
  assert.ok(run);
  return run.config;
}
