import { relu } from '../../nn/activation.ts';
import { batchNorm } from '../../nn/batchNorm.ts';
import { conv2d } from '../../nn/convolution.ts';
import { dense } from '../../nn/dense.ts';
import { mse } from '../../nn/losses.ts';
import { Scope } from '../../nn/parameters.ts';
import { globalAveragePool } from '../../nn/pooling.ts';
import { randomAt } from '../../random.ts';
import type { Engine, OptimizerOptions, StepDefinition } from './engine.ts';
import { initialState } from './initialize.ts';

/** How far a loss may be from the reference's, relative to it. */
export const probeTolerance = 1e-4;
const steps = 3;

const optimizer: OptimizerOptions = {
  type: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  momentum: 0.9,
  weightDecay: 0.01,
  trust: 0.001,
  clipNorm: 1,
};

/** Small enough for the slowest device, with a bit of everything: convolution, batch norm, dense, EMA, clipping. */
function proofStep(): StepDefinition {
  const batch = 4;
  const scope = new Scope();
  const convolution = conv2d(scope.child('conv'), { inputs: 2, outputs: 4, bias: false });
  const norm = batchNorm(scope.child('norm'), 4);
  const head = dense(scope.child('head'), 4, 3);
  return {
    parameters: scope.parameters,
    hasTarget: ({ name }) => name.startsWith('head'),
    inputs: {
      x: { shape: [batch, 5, 5, 2], dtype: 'float32' },
      y: { shape: [batch, 3], dtype: 'float32' },
    },
    optimizer,
    loss(forward, { x, y }) {
      const features = globalAveragePool(relu(norm(forward, convolution(forward, x!))));
      return {
        loss: mse(head(forward, features), y!),
        metrics: { slow: mse(head(forward.target, features), y!) },
      };
    },
  };
}

/** Large enough that a device is kept busy: an autoencoder 784-1024-784 on 256 samples, 2.5 GFLOP a step. */
function speedStep(): StepDefinition {
  const scope = new Scope();
  const encode = dense(scope.child('encode'), 784, 1024);
  const decode = dense(scope.child('decode'), 1024, 784);
  return {
    parameters: scope.parameters,
    inputs: { x: { shape: [256, 784], dtype: 'float32' } },
    optimizer,
    loss: (forward, { x }) => ({ loss: mse(decode(forward, relu(encode(forward, x!))), x!) }),
  };
}

function batchOf(definition: StepDefinition, step: number): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(definition.inputs).map(([name, { shape }]) => {
      const random = randomAt(0, `probe/${name}`, step);
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, Float32Array.from({ length: size }, () => random.uniform())];
    }),
  );
}

/** Runs a step a few times from the same start. */
async function losses(
  engine: Engine,
  definition: StepDefinition,
  count: number,
): Promise<{ losses: number[]; milliseconds: number[] }> {
  const step = await engine.training(definition);
  try {
    await step.writeState(initialState(definition, 0));
    const found: number[] = [];
    const milliseconds: number[] = [];
    for (let i = 0; i < count; i++) {
      const batch = batchOf(definition, i);
      const start = performance.now();
      const { loss, metrics } = await step.run(batch, { learningRate: 0.01, targetMomentum: 0.9 });
      milliseconds.push(performance.now() - start);
      found.push(loss, ...Object.values(metrics));
    }
    return { losses: found, milliseconds };
  } finally {
    await step.dispose();
  }
}

export interface Proof {
  readonly losses: readonly number[];
  /** Of the fastest step; the first ones include preparations. */
  readonly milliseconds: number;
}

/** The losses of three fixed training steps. */
export async function proveLosses(engine: Engine): Promise<Proof> {
  const { losses: found, milliseconds } = await losses(engine, proofStep(), steps);
  return { losses: found, milliseconds: Math.min(...milliseconds) };
}

/** Milliseconds of one step of a model that keeps the device busy. */
export async function measureSpeed(engine: Engine): Promise<number> {
  return Math.min(...(await losses(engine, speedStep(), 5)).milliseconds);
}

/** What is wrong with a device's losses; undefined when they equal the reference's. */
export function difference(found: readonly number[], reference: readonly number[]): string | undefined {
  for (const [i, expected] of reference.entries()) {
    const value = found[i] ?? Number.NaN;
    if (!(Math.abs(value - expected) <= probeTolerance * Math.max(1, Math.abs(expected))))
      return `its training steps give ${value.toPrecision(6)} where the reference gives ${expected.toPrecision(6)}`;
  }
  return undefined;
}
