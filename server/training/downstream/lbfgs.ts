/** Value of a function at `point`; writes its gradient into `gradient`. May run on a device. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number | Promise<number>;

export interface LbfgsOptions {
  readonly maxIterations?: number; // default 200
  /** Stops when no component of the gradient is larger. Default 1e-4, as scikit-learn's LogisticRegression. */
  readonly gradientTolerance?: number;
  /** Stops when an iteration lowers the value by less, relative to it. Default 1e-9. */
  readonly valueTolerance?: number;
  /** Pairs of steps and gradient changes that are remembered. Default 10. */
  readonly memory?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether a tolerance was met, rather than the iterations used up. */
  readonly converged: boolean;
}

interface Place {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/**
 * Minimises a smooth function with L-BFGS (Nocedal & Wright, Numerical Optimization, 2nd ed., algorithms 7.4, 7.5)
 * and a strong-Wolfe line search (algorithms 3.5, 3.6, bisection in the zoom). Deterministic. `start` is not changed.
 */
export async function lbfgs(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions = {},
): Promise<Minimum> {
  const {
    maxIterations = 200,
    gradientTolerance = 1e-4,
    valueTolerance = 1e-9,
    memory = 10,
    signal,
  } = options;
  const at = async (point: Float64Array): Promise<Place> => {
    signal?.throwIfAborted();
    const gradient = new Float64Array(point.length);
    const value = await objective(point, gradient);
    return { point, value, gradient };
  };
  const history: Curvature[] = [];
  let here = await at(start.slice());
  for (let iteration = 0; ; iteration++) {
    const done = (converged: boolean): Minimum => ({
      point: here.point,
      value: here.value,
      iterations: iteration,
      converged,
    });
    if (largest(here.gradient) <= gradientTolerance) return done(true);
    if (iteration === maxIterations) return done(false);
    let direction = descent(here.gradient, history);
    if (!(dot(direction, here.gradient) < 0)) {
      history.length = 0; // rounding broke the curvature: start over from the gradient
      direction = descent(here.gradient, history);
    }
    const first = history.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(here.gradient, here.gradient))) : 1;
    const next = await lineSearch(at, here, direction, first);
    if (next === undefined) return done(true); // no lower value within the precision of the objective
    const step = difference(next.point, here.point);
    const change = difference(next.gradient, here.gradient);
    const curvature = dot(step, change);
    if (curvature > 1e-12 * dot(change, change)) {
      history.push({ step, change, curvature });
      if (history.length > memory) history.shift();
    }
    const gain = here.value - next.value;
    here = next;
    if (gain <= valueTolerance * Math.max(Math.abs(here.value), 1e-12)) return done(true);
  }
}

interface Curvature {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The two-loop recursion: minus the inverse Hessian's estimate times the gradient. */
function descent(gradient: Float64Array, history: readonly Curvature[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const weights: number[] = [];
  for (let i = history.length - 1; i >= 0; i--) {
    const { step, change, curvature } = history[i]!;
    weights[i] = dot(step, direction) / curvature;
    add(direction, change, -weights[i]!);
  }
  const latest = history.at(-1);
  if (latest !== undefined) {
    const scale = latest.curvature / dot(latest.change, latest.change);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (let i = 0; i < history.length; i++) {
    const { step, change, curvature } = history[i]!;
    add(direction, step, weights[i]! - dot(change, direction) / curvature);
  }
  return direction;
}

/** Finds a step that meets the strong Wolfe conditions, or the best decrease seen; undefined when nothing decreases. */
async function lineSearch(
  at: (point: Float64Array) => Promise<Place>,
  start: Place,
  direction: Float64Array,
  first: number,
): Promise<Place | undefined> {
  const slope = dot(direction, start.gradient);
  let low = 0;
  let high = Infinity;
  let size = first;
  let best: Place | undefined;
  for (let trial = 0; trial < 30; trial++) {
    const point = start.point.slice();
    add(point, direction, size);
    const place = await at(point);
    const enough = place.value <= start.value + 1e-4 * size * slope;
    if (place.value < (best?.value ?? start.value)) best = place;
    const newSlope = dot(direction, place.gradient);
    if (enough && Math.abs(newSlope) <= 0.9 * Math.abs(slope)) return place;
    if (!enough || newSlope >= 0) high = size;
    else low = size;
    if (high - low < 1e-12 * high) break;
    size = high === Infinity ? 2 * size : (low + high) / 2;
  }
  return best;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function add(target: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * other[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function largest(values: Float64Array): number {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
}
