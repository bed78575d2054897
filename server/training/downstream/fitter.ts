import type { Encoder } from '../../encoders/encoder.ts';
import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Forward, Named, Parameter } from '../../nn/parameters.ts';
import type * as tf from '../../nn/tf.ts';
import { randomAt } from '../../random.ts';
import type { Engine, StepDefinition, TrainingStep, Values } from '../engine/engine.ts';
import { initialState } from '../engine/initialize.ts';
import { learningRateAt } from '../engine/schedule.ts';

/** An encoder with a head for one task, to be fitted to labelled samples. */
export interface Trainable {
  readonly encoder: Encoder;
  /** Those of the encoder, of depth 0 to its number of blocks, and deeper ones of the head. */
  readonly parameters: readonly Parameter[];
  /** What `loss` takes in for one batch. */
  inputs(batch: number): Named<TensorSpec>;
  /** With `frozenStatistics` the encoder's running statistics are used and stay as they are. */
  loss(
    forward: Forward,
    inputs: Named<tf.Tensor>,
    options: { frozenStatistics: boolean },
  ): { loss: tf.Scalar; metrics?: Named<tf.Scalar> };
}

/** Labelled samples to learn from. */
export interface TrainingSamples {
  readonly count: number;
  /** The inputs of the loss for some of them, by their positions 0..count-1; epochs are counted from 0. */
  read(positions: Int32Array, epoch: number): Promise<Named<InputArray>>;
}

export interface FineTuneOptions {
  /** `all`, or how many of the encoder's last blocks; 0 trains the head alone. Default `all`. */
  readonly trainableBlocks?: 'all' | number;
  /** Learning-rate factor from one block to the one below it, 0..1; default 1. */
  readonly layerDecay?: number;
  readonly epochs?: number; // default 20
  /** Few labels make short epochs: at least this many updates are done. Default 150. */
  readonly minUpdates?: number | undefined;
  /** Largest batch; fewer labels make smaller ones. Default 64. */
  readonly batchSize?: number;
  /** Peak; warm-up over the first tenth, then a cosine to 0. Default 1e-3. */
  readonly learningRate?: number;
  readonly weightDecay?: number; // default 1e-4 (AdamW)
}

export interface FitOptions {
  /** Start values of the encoder by name; undefined starts from scratch. */
  readonly start?: Values | undefined;
  /** Start values of the head by name; undefined starts it at random. */
  readonly head?: Values | undefined;
  /** Fixes what starts at random, and the order of the samples. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: FineTuneProgress) => void;
}

export interface FineTuneProgress {
  readonly update: number;
  readonly updates: number;
  readonly loss: number;
  readonly learningRate: number;
}

/**
 * Learning-rate factor of one parameter: 1 for the head and the last block, `layerDecay` times less for each block
 * below (Clark et al. 2020, https://arxiv.org/abs/2003.10555), 0 for frozen blocks.
 */
export function fineTuneScale(
  parameter: Pick<Parameter, 'depth'>,
  blocks: number,
  { trainableBlocks = 'all', layerDecay = 1 }: FineTuneOptions,
): number {
  const below = Math.max(blocks - parameter.depth, 0);
  if (trainableBlocks !== 'all' && parameter.depth <= blocks - trainableBlocks) return 0;
  return layerDecay ** below;
}

/** Batch and number of updates for so many labelled samples. Batch norm needs 2 samples at least. */
export function fineTuneBudget(
  samples: number,
  { epochs = 20, minUpdates = 150, batchSize = 64 }: FineTuneOptions,
): { batch: number; updates: number } {
  const batch = Math.max(Math.min(batchSize, samples), 2);
  return { batch, updates: Math.max(Math.ceil((epochs * samples) / batch), minUpdates) };
}

/**
 * Fits an encoder and its head. The step is prepared once per batch size and serves every draw and every start: the
 * pretrained encoder and the one from scratch differ in their start values alone.
 *
 * With frozen blocks the encoder's batch-norm statistics are frozen as well, in all blocks: a few labelled samples
 * are no reason to change what was measured on all of the data.
 */
export class Fitter {
  private constructor(
    private readonly trainable: Trainable,
    private readonly options: FineTuneOptions,
    private readonly batch: number,
    private readonly definition: StepDefinition,
    private readonly step: TrainingStep,
  ) {}

  /** Prepares the step for so many labelled samples. */
  static async create(
    engine: Engine,
    trainable: Trainable,
    samples: number,
    options: FineTuneOptions = {},
  ): Promise<Fitter> {
    const { batch } = fineTuneBudget(samples, options);
    const { trainableBlocks = 'all', weightDecay = 1e-4 } = options;
    const { encoder, parameters } = trainable;
    const frozenStatistics = trainableBlocks !== 'all';
    const definition: StepDefinition = {
      parameters,
      learningRateScale: (parameter) => fineTuneScale(parameter, encoder.blocks, options),
      inputs: trainable.inputs(batch),
      loss: (forward, inputs) => trainable.loss(forward, inputs, { frozenStatistics }),
      optimizer: {
        type: 'adamw',
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        momentum: 0.9,
        weightDecay,
        trust: 0.001,
        clipNorm: 1,
      },
    };
    return new Fitter(trainable, options, batch, definition, await engine.training(definition));
  }

  /**
   * Fits to `samples` (any number that gives this fitter's batch) and returns the values of encoder and head.
   * Deterministic for equal arguments. Rejects with the signal's reason when cancelled.
   */
  async fit(
    samples: TrainingSamples,
    { start, head, seed, signal, onProgress }: FitOptions,
  ): Promise<Values> {
    const { batch, updates } = fineTuneBudget(samples.count, this.options);
    if (batch !== this.batch) throw new Error(`Prepared for batches of ${this.batch}, not ${batch}.`);
    await this.step.writeState(this.startState(seed, start, head));
    // The whole training counts as one epoch, so that a few updates warm up as well as many.
    const schedule = {
      schedule: 'cosine',
      learningRate: this.options.learningRate ?? 1e-3,
      minLearningRate: 0,
      warmupEpochs: 0.1,
      epochs: 1,
    } as const;
    const batches = batchesOf(samples.count, batch, seed);
    const draw = () => {
      const { positions, epoch } = batches.next().value;
      return samples.read(positions, epoch);
    };
    let next = draw();
    for (let update = 0; update < updates; update++) {
      const inputs = await next;
      signal?.throwIfAborted();
      next = draw(); // read while the step computes
      next.catch(() => {}); // heard when awaited; the last one is not needed
      const learningRate = learningRateAt(schedule, updates, update);
      const { loss } = await this.step.run(inputs, { learningRate, targetMomentum: 0 });
      onProgress?.({ update: update + 1, updates, loss, learningRate });
    }
    const values = await this.step.readWeights();
    return Object.fromEntries(Object.entries(values).map(([name, array]) => [name, array.slice()]));
  }

  private startState(seed: number, start: Values | undefined, head: Values | undefined) {
    const state = initialState(this.definition, seed);
    const { encoder, parameters } = this.trainable;
    for (const { name, kind, depth } of parameters) {
      const [given, what] = depth <= encoder.blocks ? [start, 'encoder'] : [head, 'head'];
      if (given === undefined) continue;
      const values = given[name];
      if (values === undefined) throw new Error(`The ${what} to start from lacks ${name}.`);
      (kind === 'weight' ? state.weights : state.buffers)[name]!.set(values);
    }
    return state;
  }

  dispose(): Promise<void> {
    return this.step.dispose();
  }
}

/** Full batches without end: a new order every epoch, whose incomplete rest is left out. */
function* batchesOf(
  count: number,
  batch: number,
  seed: number,
): Generator<{ positions: Int32Array; epoch: number }, never> {
  for (let epoch = 0; ; epoch++) {
    const order = randomAt(seed, 'finetune/order', epoch).permutation(count);
    if (order.length < batch)
      yield { positions: Int32Array.from({ length: batch }, (_, i) => order[i % order.length]!), epoch };
    for (let start = 0; start + batch <= order.length; start += batch) {
      yield { positions: order.slice(start, start + batch), epoch };
    }
  }
}
