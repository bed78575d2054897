import type { SampleShape } from '../server/encoders/encoder.ts';
import { encoders } from '../server/encoders/registry.ts';
import type { PretextTask } from '../server/methods/method.ts';
import { methods } from '../server/methods/registry.ts';
import { type Parameter, Scope } from '../server/nn/parameters.ts';

/** A training step to time: the same network as the function of that name in peers/pytorch_steps.py. */
export interface BenchModel {
  readonly title: string;
  readonly batchSize: number;
  readonly sample: SampleShape;
  readonly encoder: { readonly type: string; readonly options: Readonly<Record<string, unknown>> };
  readonly method: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly optimizer: 'adam' | 'adamw';
  readonly learningRate: number;
  /** Steps per timed round, about a second of work. */
  readonly steps: number;
}

const image = { modality: 'image', shape: [28, 28, 1] } as const;

export const models: Readonly<Record<string, BenchModel>> = {
  seed: {
    title: 'autoencoder 20-10-20, batch 100',
    batchSize: 100,
    sample: { modality: 'table', shape: [20] },
    encoder: { type: 'mlp', options: { hidden: [10] } },
    method: { name: 'autoencoder', options: { decoder: { hidden: [], output: 'sigmoid' } } },
    optimizer: 'adam',
    learningRate: 0.01,
    steps: 2000,
  },
  mlp: {
    title: 'MLP autoencoder 784-512-128-512-784, batch 256',
    batchSize: 256,
    sample: { modality: 'table', shape: [784] },
    encoder: { type: 'mlp', options: { hidden: [512, 128] } },
    method: { name: 'autoencoder', options: { decoder: { hidden: [512] } } },
    optimizer: 'adamw',
    learningRate: 1e-3,
    steps: 60,
  },
  mae: {
    title: 'MAE, ViT 192 x 4 on 28 x 28, batch 128',
    batchSize: 128,
    sample: image,
    encoder: { type: 'vit', options: { patch: 4, width: 192, depth: 4, heads: 3 } },
    method: { name: 'mae', options: { decoder: { width: 128, depth: 2, heads: 4 } } },
    optimizer: 'adamw',
    learningRate: 1e-3,
    steps: 6,
  },
  simclr: {
    title: 'SimCLR, convolutions 32-64-128 on 28 x 28, batch 128 (256 views)',
    batchSize: 128,
    sample: image,
    encoder: { type: 'convnet', options: { width: 32, stages: 3, size: 128 } },
    method: { name: 'simclr', options: {} },
    optimizer: 'adamw',
    learningRate: 1e-3,
    steps: 8,
  },
};

/** Builds encoder and pretext task of a benchmark. */
export function buildBench(model: BenchModel): { task: PretextTask; parameters: readonly Parameter[] } {
  const scope = new Scope();
  const definition = encoders[model.encoder.type]!;
  const encoder = definition.build(
    scope.child('encoder'),
    model.sample,
    definition.options.parse(model.encoder.options),
  );
  const method = methods[model.method.name]!;
  const task = method.build(
    { scope, encoder, sample: model.sample, batchSize: model.batchSize },
    method.options.parse(model.method.options),
  );
  return { task, parameters: scope.parameters };
}
