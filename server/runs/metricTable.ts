import { keptIndices, pick } from '../protocol/decimate.ts';
import type { MetricLine, StageKind } from '../protocol/run.ts';
import type { Series } from '../protocol/runView.ts';

/** What a curve can be drawn over. */
export type Axis = 'step' | 'epoch' | 'time';

/** The metrics of the lines that are some. */
export function parseMetrics(lines: readonly string[]): MetricLine[] {
  return lines.flatMap((text) => {
    try {
      const line = JSON.parse(text) as MetricLine;
      return typeof line.step === 'number' && typeof line.values === 'object' ? [line] : [];
    } catch {
      return [];
    }
  });
}

/** A list of numbers that grows, in one piece of memory. */
class Column {
  private numbers = new Float64Array(256);

  get(index: number): number {
    return this.numbers[index]!;
  }

  set(index: number, value: number): void {
    if (index >= this.numbers.length) {
      const larger = new Float64Array(this.numbers.length * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[index] = value;
  }

  view(from: number, to: number): Float64Array {
    return this.numbers.subarray(from, to);
  }
}

/** One curve: four columns of equal length. */
class Curve {
  readonly steps = new Column();
  readonly epochs = new Column();
  readonly times = new Column();
  readonly values = new Column();
  length = 0;

  constructor(
    readonly name: string,
    readonly stage: StageKind,
  ) {}

  push({ step, epoch, time }: MetricLine, value: number): void {
    const at = this.length++;
    this.steps.set(at, step);
    this.epochs.set(at, epoch);
    this.times.set(at, time);
    this.values.set(at, value);
  }

  /** Forgets the points after a step. */
  cut(step: number): void {
    this.length = this.indexOf('step', step, true);
  }

  /** First index whose coordinate is at least `x` (or more than it). */
  indexOf(axis: Axis, x: number, after = false): number {
    const column = this.column(axis);
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const value = column.get(middle);
      if (value < x || (after && value === x)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  series(from: number, to: number, points: number, axis: Axis): Series {
    const x = this.column(axis).view(from, to);
    const values = this.values.view(from, to);
    const kept = keptIndices(x, values, points);
    return {
      name: this.name,
      stage: this.stage,
      steps: pick(this.steps.view(from, to), kept),
      epochs: pick(this.epochs.view(from, to), kept),
      times: pick(this.times.view(from, to), kept),
      values: pick(values, kept),
      total: this.length,
    };
  }

  private column(axis: Axis): Column {
    return axis === 'step' ? this.steps : axis === 'epoch' ? this.epochs : this.times;
  }
}

/**
 * All curves of a run. A resumed run repeats the steps since its checkpoint: what it wrote before is forgotten, so the
 * curves read as if the run had never stopped (as `readMetrics` does for a whole file).
 */
export class MetricTable {
  private readonly curves = new Map<string, Curve>();
  private readonly last = new Map<StageKind, number>();
  /** Counts how often points were forgotten: those who were told of them need the whole again. */
  revision = 0;

  add(line: MetricLine): void {
    const last = this.last.get(line.stage);
    if (last !== undefined && line.step < last) this.cut(line.stage, line.step);
    this.last.set(line.stage, line.step);
    for (const [name, value] of Object.entries(line.values)) {
      if (typeof value !== 'number' || !Number.isFinite(value)) continue;
      const key = `${line.stage} ${name}`;
      const curve = this.curves.get(key) ?? new Curve(name, line.stage);
      this.curves.set(key, curve);
      const { length } = curve;
      if (length > 0 && curve.steps.get(length - 1) === line.step) {
        curve.length--; // measured again at the same step: the later value counts
        this.revision++;
      }
      curve.push(line, value);
    }
  }

  clear(): void {
    this.curves.clear();
    this.last.clear();
    this.revision++;
  }

  /** Every curve, thinned. */
  all(points: number): Series[] {
    return [...this.curves.values()].map((curve) => curve.series(0, curve.length, points, 'step'));
  }

  /** The named curves within a range, with one point more at either side so that lines reach the edge. */
  range(names: readonly string[], axis: Axis, from: number, to: number, points: number): Series[] {
    return [...this.curves.values()]
      .filter(({ name }) => names.includes(name))
      .map((curve) => {
        const start = Math.max(0, curve.indexOf(axis, from) - 1);
        const end = Math.min(curve.length, curve.indexOf(axis, to, true) + 1);
        return curve.series(start, Math.max(start, end), points, axis);
      });
  }

  /** Where every curve ends now: what `since` is asked with next time. */
  mark(): Mark {
    return new Map([...this.curves].map(([key, { length }]) => [key, length]));
  }

  /** Points that came after a mark. */
  since(mark: Mark, points: number): Series[] {
    return [...this.curves].flatMap(([key, curve]) => {
      const from = mark.get(key) ?? 0;
      return curve.length > from ? [curve.series(from, curve.length, points, 'step')] : [];
    });
  }

  private cut(stage: StageKind, step: number): void {
    this.revision++;
    for (const curve of this.curves.values()) if (curve.stage === stage) curve.cut(step);
  }
}

/** Length of each curve at some time. */
export type Mark = ReadonlyMap<string, number>;
