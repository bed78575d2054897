import type { StepDefinition, Values } from './engine.ts';
import { createState, type HostState, partsOf, rateScale, stateSize } from './layout.ts';
import { clipEpsilon, decayOf, type UpdateScalars } from './optimizer.ts';
import { optimizerKernels } from './optimizerKernels.ts';
import { compileKernels, type KernelFunction } from './vectorKernels.ts';

const pageBytes = 65_536;
const mostPages = 65_536;
/** Gradients pass through a piece of memory that stays in the cache. */
const chunk = 8_192;

/** A training state in host memory and the rule that updates it. */
export class HostOptimizer {
  /** Views stay where they are as long as the optimizer lives. */
  readonly state: HostState;
  private readonly kernels: Record<keyof typeof optimizerKernels, KernelFunction>;
  private readonly scratch: Float32Array;
  private readonly parts: readonly Part[];
  private readonly copies: readonly { copy: Float32Array; online: Float32Array }[];

  /** @throws when the state exceeds the 4 GiB that one memory can hold */
  constructor(private readonly definition: StepDefinition) {
    const bytes = 4 * (stateSize(definition) + chunk);
    const pages = Math.ceil(bytes / pageBytes);
    if (pages > mostPages)
      throw new Error(
        `Training this model needs ${(bytes / 2 ** 30).toFixed(1)} GiB for weights and optimizer; ` +
          'device cpu has 4 GiB. Use a smaller encoder or a graphics card.',
      );
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    let used = 0;
    const allocate = (length: number): Float32Array => {
      const array = new Float32Array(memory.buffer, used, length);
      used += array.byteLength;
      return array;
    };
    const state = createState(definition, allocate);
    this.state = state;
    this.scratch = allocate(chunk);
    this.kernels = compileKernels(optimizerKernels, memory);

    const { trained, target } = partsOf(definition);
    const moments = Object.values(state.optimizer).map((group) => group.values);
    this.parts = trained.map((parameter) => ({
      name: parameter.name,
      weight: state.weights.values[parameter.name]!,
      moment1: moments[0]![parameter.name]!,
      moment2: (moments[1] ?? moments[0])![parameter.name]!,
      scale: rateScale(definition, parameter),
      decay: decayOf(definition, parameter),
      adapt: parameter.decay,
    }));
    this.copies = target.map(({ kind, name }) => ({
      copy: state.target.values[name]!,
      online: (kind === 'weight' ? state.weights : state.buffers).values[name]!,
    }));
  }

  /**
   * Applies gradients (by name, of the trained weights) to weights, moments and EMA copies.
   * @param norm global norm of the gradients, before clipping
   */
  update(gradients: Values, norm: number, scalars: UpdateScalars): void {
    const { clipNorm } = this.definition.optimizer;
    const clip = clipNorm > 0 ? clipFactor(clipNorm, norm) : 1;
    for (const part of this.parts) this.updatePart(part, gradients[part.name]!, clip, scalars);
    for (const { copy, online } of this.copies)
      this.kernels.follow(copy.byteOffset, online.byteOffset, copy.length, scalars.targetRate);
  }

  private updatePart(part: Part, gradient: Float32Array, clip: number, scalars: UpdateScalars): void {
    const { type, beta1, beta2, epsilon, momentum, trust } = this.definition.optimizer;
    const { weight, moment1, moment2, decay } = part;
    const rate = scalars.learningRate * part.scale;
    const pass = (run: (offset: number, length: number) => void): void => {
      for (let start = 0; start < gradient.length; start += chunk) {
        const piece = gradient.subarray(start, start + chunk);
        this.scratch.set(piece);
        run(4 * start, piece.length);
      }
    };
    const source = this.scratch.byteOffset;
    if (type === 'adam' || type === 'adamw') {
      const keep = type === 'adamw' ? 1 - rate * decay : 1;
      const l2 = type === 'adamw' ? 0 : decay;
      const corrected = rate * scalars.correction1;
      pass((at, length) => {
        const [w, m, v] = [weight.byteOffset + at, moment1.byteOffset + at, moment2.byteOffset + at];
        const betas = [beta1, 1 - beta1, beta2, 1 - beta2] as const;
        this.kernels.adam(
          w,
          source,
          m,
          v,
          length,
          clip,
          keep,
          l2,
          ...betas,
          corrected,
          scalars.correction2,
          epsilon,
        );
      });
      return;
    }
    const local = type === 'lars' && part.adapt ? trustRatio(weight, gradient, clip, decay, trust) : 1;
    const [inner, outer] = type === 'lars' ? [rate * local, 1] : [1, rate];
    pass((at, length) => {
      const [w, v] = [weight.byteOffset + at, moment1.byteOffset + at];
      this.kernels.descend(w, source, v, length, clip, decay, momentum, inner, outer);
    });
  }
}

/** A trained weight and where its moments lie (sgd and lars: only the first). */
interface Part {
  readonly name: string;
  readonly weight: Float32Array;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  readonly scale: number;
  readonly decay: number;
  readonly adapt: boolean;
}

function clipFactor(limit: number, norm: number): number {
  const factor = limit / (norm + clipEpsilon);
  return factor < 1 || Number.isNaN(factor) ? factor : 1;
}

function trustRatio(
  weight: Float32Array,
  gradient: Float32Array,
  clip: number,
  decay: number,
  trust: number,
): number {
  const weightNorm = Math.sqrt(sumOfSquares(weight));
  const gradientNorm = clip * Math.sqrt(sumOfSquares(gradient));
  return weightNorm > 0 && gradientNorm > 0 ? (trust * weightNorm) / (gradientNorm + decay * weightNorm) : 1;
}

/** Global norm of several arrays, summed in double precision. */
export function globalNorm(arrays: Values): number {
  let sum = 0;
  for (const name in arrays) sum += sumOfSquares(arrays[name]!);
  return Math.sqrt(sum);
}

/** Four sums side by side, so that one addition need not wait for the one before. */
function sumOfSquares(values: Float32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const even = values.length & ~3;
  for (let i = 0; i < even; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = even; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + (c + d);
}

/** sum += values. */
export function addInto(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]!;
}
