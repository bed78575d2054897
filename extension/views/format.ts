import type { RunState } from '../../server/protocol/run.ts';
import type { RunProgress, RunSummary } from '../../server/protocol/runView.ts';

/** Words and numbers about runs, the same in the tree and the status bar. */

export const stateWords: Readonly<Record<RunState, string>> = {
  queued: 'waiting',
  preparing: 'preparing',
  running: 'running',
  finished: 'finished',
  stopped: 'stopped',
  failed: 'failed',
  superseded: 'superseded',
  dead: 'died',
};

/** Share of the stage that is done, in whole percent; rounded down, so that 100 means done. */
export function percent(progress: RunProgress): number {
  return progress.steps > 0
    ? Math.floor((Math.min(progress.step, progress.steps) / progress.steps) * 100)
    : 0;
}

/** "45 s", "3 min", "2 h 5 min", "3 d 4 h". */
export function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours < 24) return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
  const [days, left] = [Math.floor(hours / 24), hours % 24];
  return left === 0 ? `${days} d` : `${days} d ${left} h`;
}

export function bytes(count: number): string {
  return count < 1e9 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}

const bestTitles = {
  finetune: 'fine-tune',
  linearProbe: 'linear probe',
  ap50: 'AP50',
  r2: 'R²',
  knn: 'kNN',
} as const;

/** "fine-tune 98.2 %, kNN 97.1 %": the best numbers, the strongest evidence first. */
export function bestText(best: RunSummary['best']): string {
  return (Object.keys(bestTitles) as (keyof typeof bestTitles)[])
    .flatMap((key) => {
      const value = best[key];
      if (value === undefined) return [];
      return [key === 'r2' ? `R² ${value.toFixed(3)}` : `${bestTitles[key]} ${(value * 100).toFixed(1)} %`];
    })
    .join(', ');
}
