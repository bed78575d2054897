import assert from 'node:assert/strict';
import type {
  Engine,
  StepDefinition,
  StepResult,
  StepScalars,
  TrainingState,
  Values,
} from '../../../server/training/engine/engine.ts';
import { initialState } from '../../../server/training/engine/initialize.ts';
import { batchAt } from './exampleStep.ts';

export const scalarsAt = (step: number): StepScalars => ({
  learningRate: 0.02 / (1 + step / 10),
  targetMomentum: 1 - 0.1 / (1 + step),
});

export interface Trained {
  readonly results: readonly StepResult[];
  readonly state: TrainingState;
  readonly weights: Values;
}

/** Trains from the start of seed 0. */
export async function train(engine: Engine, definition: StepDefinition, steps = 20): Promise<Trained> {
  const step = await engine.training(definition);
  await step.writeState(initialState(definition, 0));
  const results: StepResult[] = [];
  for (let i = 0; i < steps; i++) results.push(await step.run(batchAt(i), scalarsAt(i)));
  const state = await step.readState();
  const weights = Object.fromEntries(
    Object.entries(await step.readWeights()).map(([name, values]) => [name, values.slice()]),
  );
  await step.dispose();
  return { results, state, weights };
}

/** Every loss, metric, norm and value of the state is equal, relative to the larger of itself and 1. */
export function assertSameTraining(found: Trained, expected: Trained, tolerance: number): void {
  const close = (a: number, b: number, what: string): void => {
    const limit = tolerance * Math.max(1, Math.abs(b));
    assert.ok(Math.abs(a - b) <= limit, `${what}: ${a} instead of ${b}`);
  };
  expected.results.forEach((result, step) => {
    const other = found.results[step]!;
    close(other.loss, result.loss, `loss of step ${step}`);
    close(other.gradientNorm, result.gradientNorm, `gradient norm of step ${step}`);
    assert.deepEqual(Object.keys(other.metrics).sort(), Object.keys(result.metrics).sort());
    for (const [name, value] of Object.entries(result.metrics))
      close(other.metrics[name]!, value, `${name} of step ${step}`);
  });
  const closeValues = (a: Values, b: Values, what: string): void => {
    assert.deepEqual(Object.keys(a), Object.keys(b));
    for (const [name, values] of Object.entries(b))
      for (const [i, value] of values.entries()) close(a[name]![i]!, value, `${what} ${name}[${i}]`);
  };
  closeValues(found.weights, expected.weights, 'weights read alone');
  closeValues(found.state.weights, expected.state.weights, 'weights');
  closeValues(found.state.buffers, expected.state.buffers, 'buffers');
  closeValues(found.state.target, expected.state.target, 'target');
  assert.deepEqual(Object.keys(found.state.optimizer), Object.keys(expected.state.optimizer));
  for (const [slot, values] of Object.entries(expected.state.optimizer))
    closeValues(found.state.optimizer[slot]!, values, slot);
  assert.equal(found.state.updates, expected.state.updates);
  assert.equal(found.state.accumulated, expected.state.accumulated);
}

/** Stops in the middle, puts the state into a new step and goes on: every bit as if never stopped. */
export async function assertResumesBitForBit(engine: Engine, definition: StepDefinition): Promise<void> {
  const whole = await train(engine, definition, 10);
  const first = await train(engine, definition, 4);
  const step = await engine.training(definition);
  await step.writeState(first.state);
  assert.deepEqual(await step.readState(), first.state, 'what was written is read back');
  const results: StepResult[] = [];
  for (let i = 4; i < 10; i++) results.push(await step.run(batchAt(i), scalarsAt(i)));
  assert.deepEqual(results, whole.results.slice(4));
  assert.deepEqual(await step.readState(), whole.state);
  await step.dispose();
}
