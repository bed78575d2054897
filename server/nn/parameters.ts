import type * as tf from './tf.ts';

export type Named<T> = Record<string, T>;

/** How a parameter starts. Fans are counted in connections per unit; `std` is absolute. */
export type Initializer =
  | { kind: 'constant'; value: number }
  | { kind: 'heNormal'; fanIn: number } // He et al. 2015: std sqrt(2 / fanIn)
  | { kind: 'xavierUniform'; fanIn: number; fanOut: number } // Glorot & Bengio 2010
  | { kind: 'uniform'; bound: number } // U[-bound, bound)
  | { kind: 'truncatedNormal'; std: number } // cut at 2 std
  | { kind: 'values'; values: Float32Array }; // fixed start, e.g. in tests

/** One named tensor of the model. */
export interface Parameter {
  /** Slash-separated path, unique: `encoder/block1/conv/weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initializer;
  /** `weight` is trained by gradient; `buffer` is written by the forward pass (running statistics). */
  readonly kind: 'weight' | 'buffer';
  /** Whether weight decay (and LARS adaptation) applies: false for biases, norms and tokens. */
  readonly decay: boolean;
  /** Depth of its layer from the input, 0 first: drives layer-wise learning-rate decay and "last k blocks". */
  readonly depth: number;
}

/** Collects the parameters that a model declares while it is being built. */
export class Scope {
  constructor(
    readonly parameters: Parameter[] = [],
    readonly path = '',
    readonly depth = 0,
  ) {}

  /** A scope one name deeper; `depth` (default: this scope's) marks the layer's distance from the input. */
  child(name: string, depth = this.depth): Scope {
    return new Scope(this.parameters, this.path === '' ? name : `${this.path}/${name}`, depth);
  }

  weight(
    name: string,
    shape: readonly number[],
    init: Initializer,
    options: { decay?: boolean } = {},
  ): Parameter {
    return this.declare({ name, shape, init, kind: 'weight', decay: options.decay ?? true });
  }

  buffer(name: string, shape: readonly number[], init: Initializer): Parameter {
    return this.declare({ name, shape, init, kind: 'buffer', decay: false });
  }

  private declare(parameter: Omit<Parameter, 'depth'>): Parameter {
    const name = this.path === '' ? parameter.name : `${this.path}/${parameter.name}`;
    if (this.parameters.some((other) => other.name === name))
      throw new Error(`Parameter ${name} is declared twice.`);
    const declared: Parameter = { ...parameter, name, depth: this.depth };
    this.parameters.push(declared);
    return declared;
  }
}

/**
 * What a layer needs while it computes: the values of its parameters, whether it is training, and where to put
 * new buffer values. `target` is the same view over the EMA copies (BYOL's target encoder), with gradients stopped
 * and buffer writes ignored.
 */
export interface Forward {
  readonly training: boolean;
  read(parameter: Parameter): tf.Tensor;
  write(parameter: Parameter, value: tf.Tensor): void;
  readonly target: Forward;
}

/** A layer or a model: a pure function of its input and of the parameters seen through `forward`. */
export type Layer = (forward: Forward, x: tf.Tensor) => tf.Tensor;
