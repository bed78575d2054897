import type { ChangeMark } from '../../server/protocol/runView.ts';
import type { RunModel } from '../runs/runModel.ts';
import type { Axis } from '../state.ts';

/** A change of a live run at its place on the axis. */
export interface Mark {
  readonly x: number;
  readonly step: number;
  readonly text: string;
}

export function marksOf(runs: readonly RunModel[], axis: Axis): Mark[] {
  return runs.flatMap((run) =>
    run.marks.map((mark) => ({
      x: position(mark, axis, run.origin),
      step: mark.step,
      text: runs.length > 1 ? `${run.summary.name}: ${mark.text}` : mark.text,
    })),
  );
}

function position(mark: ChangeMark, axis: Axis, origin: number): number {
  if (axis === 'step') return mark.step;
  return axis === 'epoch' ? mark.epoch : (mark.time - origin) / 1000;
}
