import { keptIndices, pick } from '../../server/protocol/decimate.ts';
import type { StageKind } from '../../server/protocol/run.ts';
import type { Series } from '../../server/protocol/runView.ts';
import type { Axis } from '../state.ts';

let revisions = 0;

/** A curve that grows. When it holds twice as many points as the chart can show, it is thinned to that many. */
export class Curve {
  readonly name: string;
  readonly stage: StageKind;
  /** Points there are in the run folder. */
  total: number;
  /** Another number after each change, and for each curve. */
  revision = ++revisions;
  private steps: number[];
  private epochs: number[];
  private times: number[];
  private y: number[];

  constructor(
    series: Series,
    private readonly points: number,
  ) {
    this.name = series.name;
    this.stage = series.stage;
    this.total = series.total;
    this.steps = [...series.steps];
    this.epochs = [...series.epochs];
    this.times = [...series.times];
    this.y = [...series.values];
    this.thin();
  }

  get values(): readonly number[] {
    return this.y;
  }

  /** Positions on an axis: steps, epochs, or milliseconds since the epoch. */
  on(axis: Axis): readonly number[] {
    return axis === 'step' ? this.steps : axis === 'epoch' ? this.epochs : this.times;
  }

  append(series: Series): void {
    for (let i = 0; i < series.values.length; i++) {
      this.steps.push(series.steps[i]!);
      this.epochs.push(series.epochs[i]!);
      this.times.push(series.times[i]!);
      this.y.push(series.values[i]!);
    }
    this.total = Math.max(series.total, this.total);
    this.revision = ++revisions;
    this.thin();
  }

  private thin(): void {
    if (this.y.length <= 2 * this.points) return;
    const kept = keptIndices(this.steps, this.y, this.points);
    this.steps = pick(this.steps, kept);
    this.epochs = pick(this.epochs, kept);
    this.times = pick(this.times, kept);
    this.y = pick(this.y, kept);
  }
}

export function curveKey({ stage, name }: { readonly stage: StageKind; readonly name: string }): string {
  return `${stage}:${name}`;
}
