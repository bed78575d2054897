import type { InputArray, TensorSpec } from '../../methods/method.ts';
import type { Forward, Named, Parameter } from '../../nn/parameters.ts';
import type * as tf from '../../nn/tf.ts';
import type { DeviceName } from '../../protocol/device.ts';

/** Tensors in, tensors out, nothing else: no reads, no randomness, no state. */
export type PureFunction = (inputs: Named<tf.Tensor>) => Named<tf.Tensor>;

/** Values of named parameters, each a view into one contiguous buffer per group (see layout.ts). */
export type Values = Named<Float32Array>;

/**
 * A device that runs pure functions. Two families implement it: compiled (traced once, run by ONNX Runtime) and
 * eager (the same function on a tfjs backend).
 */
export interface Engine {
  readonly device: DeviceName;
  /** For people: "ONNX Runtime CPU, 2 threads". */
  readonly description: string;
  /** Prepares a function for inputs of fixed shapes. */
  program(fn: PureFunction, inputs: Named<TensorSpec>): Promise<Program>;
  /** Prepares a training step. */
  training(definition: StepDefinition): Promise<TrainingStep>;
  dispose(): Promise<void>;
}

export interface Program {
  /** Keeps these inputs (usually the parameters) on the device; later calls of `run` need not pass them. */
  bind(inputs: Named<InputArray>): Promise<void>;
  run(inputs: Named<InputArray>): Promise<Named<InputArray>>;
  dispose(): Promise<void>;
}

/** Everything a training step is made from. */
export interface StepDefinition {
  /** Weights and buffers of the model, in declaration order. */
  readonly parameters: readonly Parameter[];
  /** True for parameters with an EMA copy. */
  readonly hasTarget?: (parameter: Parameter) => boolean;
  /** Factor on the learning rate; 0 freezes the parameter (no gradient is computed). Default 1. */
  readonly learningRateScale?: (parameter: Parameter) => number;
  readonly inputs: Named<TensorSpec>;
  loss(forward: Forward, inputs: Named<tf.Tensor>): { loss: tf.Scalar; metrics?: Named<tf.Scalar> };
  readonly optimizer: OptimizerOptions;
  /** Batches whose gradients are averaged before one update. */
  readonly accumulate?: number;
}

export interface OptimizerOptions {
  readonly type: 'adam' | 'adamw' | 'sgd' | 'lars';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** LARS trust coefficient. */
  readonly trust: number;
  /** Largest global gradient norm; 0 switches clipping off. */
  readonly clipNorm: number;
}

/** The scalars of one update; they come from the schedule and may change while a run is live. */
export interface StepScalars {
  readonly learningRate: number;
  /** EMA: target = momentum * target + (1 - momentum) * online. */
  readonly targetMomentum: number;
}

export interface StepResult {
  readonly loss: number;
  readonly metrics: Named<number>;
  /** Global norm of the gradient before clipping: of the update's, or of this batch's where none was due. */
  readonly gradientNorm: number;
}

/** All that a step changes. Plain arrays: what a checkpoint stores. */
export interface TrainingState {
  readonly weights: Values;
  readonly buffers: Values;
  readonly target: Values;
  /** First and second moments (or momentum), and gradients being accumulated. */
  readonly optimizer: Named<Values>;
  /** Updates done: drives Adam's bias correction. */
  updates: number;
  /** Batches whose gradients wait for the next update, 0..accumulate-1. */
  accumulated: number;
}

/** Call `writeState(initialState(definition, seed))` or that of a checkpoint before the first `run`. */
export interface TrainingStep {
  /** One batch: gradients, and every `accumulate` calls one update. */
  run(inputs: Named<InputArray>, scalars: StepScalars): Promise<StepResult>;
  /** A copy of the whole state, on the host. */
  readState(): Promise<TrainingState>;
  writeState(state: TrainingState): Promise<void>;
  /** Weights and buffers only (a view on CPU, a copy from a GPU): for evaluation programs. */
  readWeights(): Promise<Values>;
  dispose(): Promise<void>;
}
