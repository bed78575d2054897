import type { Config } from '../config/schema.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { encoders } from '../encoders/registry.ts';
import type { Method, PretextContext, PretextTask } from '../methods/method.ts';
import { methods } from '../methods/registry.ts';
import { type Parameter, Scope } from '../nn/parameters.ts';
import type { Dataset } from '../training/data/dataset.ts';

/** Encoder and pretext task of a config, with every parameter they declare. */
export interface Model {
  readonly encoder: Encoder;
  readonly method: Method;
  readonly task: PretextTask;
  /** All parameters: the encoder's and the heads'. */
  readonly parameters: readonly Parameter[];
  /** The encoder's alone: what is evaluated, fine-tuned and exported. */
  readonly encoderParameters: readonly Parameter[];
}

export type TableRows = NonNullable<PretextContext['rows']>;

/** Builds the encoder alone, as for its control with random weights or a fine-tuning from scratch. */
export function buildEncoder(config: Config, dataset: Dataset, scope = new Scope()): Encoder {
  const { type, ...options } = config.encoder;
  return encoders[type]!.build(scope.child('encoder'), dataset.sample, options);
}

/** @param rows tables only: the encoded training rows, from which corrupted values are drawn. */
export function buildModel(config: Config, dataset: Dataset, rows?: TableRows): Model {
  const scope = new Scope();
  const encoder = buildEncoder(config, dataset, scope);
  const encoderParameters = [...scope.parameters];
  const { method: name, views: _views, ...options } = config.pretext;
  const method = methods[name]!;
  const task = method.build(
    {
      scope,
      encoder,
      sample: dataset.sample,
      batchSize: config.train.batchSize,
      ...(dataset.mean.length > 0 && { normalization: { mean: dataset.mean, std: dataset.std } }),
      ...(dataset.columns && { columns: dataset.columns }),
      ...(rows && { rows }),
    },
    options,
  );
  return { encoder, method, task, parameters: scope.parameters, encoderParameters };
}

/** Whether a parameter has an EMA copy: it lies below one of the task's target paths. */
export function hasTarget(task: PretextTask): (parameter: Parameter) => boolean {
  const prefixes = (task.targets ?? []).map((path) => `${path}/`);
  return (parameter) => prefixes.some((prefix) => parameter.name.startsWith(prefix));
}
