import type { MetricLine, StageKind, TrainerEvent, Verdict } from '../protocol/run.ts';
import type { RunProgress, RunSummary } from '../protocol/runView.ts';

type Stage = NonNullable<RunSummary['stage']>;

/** What is known of a run beyond its record: from its trainer's events, or from the lines of its metrics. */
export class LiveNumbers {
  stage: Stage | undefined;
  progress: RunProgress | undefined;
  loss: number | undefined;
  verdict: Verdict | undefined;
  readonly best: { knn?: number; linearProbe?: number } = {};

  /** @returns true when the run's record on the disk changed with it. */
  handle(event: TrainerEvent): boolean {
    switch (event.event) {
      case 'stage':
        this.progress = undefined;
        this.stage = event.state === 'started' ? { kind: event.stage, title: event.title } : undefined;
        return true;
      case 'step':
        this.loss = event.loss;
        this.progress = {
          step: event.step,
          steps: event.steps,
          epoch: event.epoch,
          epochs: event.epochs,
          samplesPerSecond: event.samplesPerSecond,
          ...(event.etaSeconds !== null &&
            Number.isFinite(event.etaSeconds) && { etaSeconds: event.etaSeconds }),
          ...('memory' in event && typeof event.memory === 'number' && { memory: event.memory }),
        };
        return false;
      case 'task':
        this.stage = { kind: event.stage, title: event.title };
        this.progress = { step: event.step, steps: event.steps };
        return false;
      case 'metrics':
        this.line(event.line);
        return false;
      case 'verdict':
        this.verdict = event.verdict;
        return false;
      case 'device':
      case 'result':
        return true;
      default:
        return false;
    }
  }

  /** A line of metrics.jsonl; `steps` of the stage where they are known. */
  line({ stage, step, epoch, values }: MetricLine, steps?: number): void {
    if (stage === 'pretrain' && values.loss !== undefined) this.loss = values.loss;
    for (const name of ['knn', 'linearProbe'] as const) {
      const value = values[name];
      if (value !== undefined) this.best[name] = Math.max(value, this.best[name] ?? 0);
    }
    if (steps === undefined) return;
    const epochs = epoch > 0 ? Math.round((steps * epoch) / step) : undefined;
    this.progress = { step, steps, epoch: Math.ceil(epoch), ...(epochs !== undefined && { epochs }) };
  }
}

/** How the stages are called. */
export const stageTitles: Readonly<Record<StageKind, string>> = {
  pretrain: 'Pretrain',
  evaluate: 'Evaluate',
  downstream: 'Fine-tune',
  export: 'Export',
};
