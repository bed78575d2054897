import type { Curve } from '../runs/curve.ts';
import { curveKey } from '../runs/curve.ts';
import type { RunModel } from '../runs/runModel.ts';
import type { Axis } from '../state.ts';
import type { ChartPlan } from './plan.ts';
import { smooth } from './smoothing.ts';

/** One line of a chart, ready to be drawn. */
export interface Line {
  /** "<run>/<series>": what the legend switches off and the state remembers. */
  readonly id: string;
  readonly label: string;
  /** Position in the palette of colours and dashes. */
  readonly style: number;
  readonly hidden: boolean;
  readonly x: readonly number[];
  /** What is drawn: smoothed, if that is asked for. */
  readonly y: readonly number[];
  /** The values themselves, drawn faintly behind a smoothed line. */
  readonly raw: readonly number[];
  readonly steps: readonly number[];
  /** Points there are in the run folder, of which these were kept. */
  readonly total: number;
}

export interface LineOptions {
  readonly axis: Axis;
  readonly smoothing: number;
  readonly hidden: readonly string[];
}

/** Changes whenever one of a chart's curves does. */
export function revisionOf(plan: ChartPlan, runs: readonly RunModel[]): string {
  return runs
    .flatMap((run) => plan.lines.map(({ series }) => curveOf(plan, run, series)?.revision ?? 0))
    .join();
}

function curveOf({ stage }: ChartPlan, run: RunModel, name: string): Curve | undefined {
  const key = curveKey({ stage, name });
  return run.zoomed.get(key) ?? run.curves.get(key);
}

/** The lines of a chart over all runs. Of one run a line is a curve, of several runs a line is a run. */
export function linesOf(plan: ChartPlan, runs: readonly RunModel[], options: LineOptions): Line[] {
  return runs.flatMap((run, runIndex) =>
    plan.lines.flatMap(({ series, label }, lineIndex): Line[] => {
      const curve = curveOf(plan, run, series);
      if (!curve) return [];
      const id = `${run.id}/${series}`;
      const x = positions(curve, options.axis, run.origin);
      return [
        {
          id,
          label: runs.length > 1 ? run.summary.name : label,
          style: runs.length > 1 ? runIndex : lineIndex,
          hidden: options.hidden.includes(id),
          x,
          y:
            options.smoothing > 0 && plan.canSmooth
              ? smooth(x, curve.values, options.smoothing)
              : curve.values,
          raw: curve.values,
          steps: curve.on('step'),
          total: curve.total,
        },
      ];
    }),
  );
}

/** Steps and epochs as they are; times as seconds since the run's first number. */
function positions(curve: Curve, axis: Axis, origin: number): readonly number[] {
  const column = curve.on(axis);
  return axis === 'time' ? column.map((time) => (time - origin) / 1000) : column;
}
