import type { MetricLine, StageKind, TrainerEvent, Verdict } from '../protocol/run.ts';
import type { RunProgress, RunSummary } from '../protocol/runView.ts';

type Stage = NonNullable<RunSummary['stage']>;

/** Accuracies that are measured while a run pretrains. */
const accuracies = ['knn', 'linearProbe'] as const;

/** What is known of a run beyond its record: from its trainer's events, or from the lines of its metrics. */
export class LiveNumbers {
  stage: Stage | undefined;
  progress: RunProgress | undefined;
  loss: number | undefined;
  verdict: Verdict | undefined;
  private readonly peaks = { knn: new Peaks(), linearProbe: new Peaks() };

  /** The highest accuracies so far: the maxima of the curves. */
  get best(): { readonly knn?: number; readonly linearProbe?: number } {
    const [knn, linearProbe] = accuracies.map((name) => this.peaks[name].highest);
    return { ...(knn !== undefined && { knn }), ...(linearProbe !== undefined && { linearProbe }) };
  }

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
      case 'changed':
      case 'result':
        return true;
      default:
        return false;
    }
  }

  /** A line of metrics.jsonl; `steps` of the stage where they are known. */
  line({ stage, step, epoch, values }: MetricLine, steps?: number): void {
    if (stage === 'pretrain') {
      if (values.loss !== undefined) this.loss = values.loss;
      for (const name of accuracies) this.peaks[name].add(step, values[name]);
    }
    if (steps === undefined) return;
    const epochs = epoch > 0 ? Math.round((steps * epoch) / step) : undefined;
    this.progress = { step, steps, epoch: Math.ceil(epoch), ...(epochs !== undefined && { epochs }) };
  }
}

/** Those of the lines that `LiveNumbers` has something to learn from: it need not parse the others. */
export function tellingLines(lines: readonly string[]): string[] {
  const lastLoss = lines.findLastIndex((line) => line.includes('"loss"'));
  return lines.filter(
    (line, index) =>
      index === lastLoss ||
      index === lines.length - 1 ||
      accuracies.some((name) => line.includes(`"${name}"`)),
  );
}

/**
 * Each value that was the highest when it came. A resumed run takes its last steps again: what was measured at them
 * before is forgotten, as it is in the curves.
 */
class Peaks {
  private readonly peaks: { readonly step: number; readonly value: number }[] = [];

  get highest(): number | undefined {
    return this.peaks.at(-1)?.value;
  }

  add(step: number, value: number | undefined): void {
    const from = value === undefined ? step + 1 : step;
    while ((this.peaks.at(-1)?.step ?? -1) >= from) this.peaks.pop();
    if (value !== undefined && value > (this.highest ?? Number.NEGATIVE_INFINITY))
      this.peaks.push({ step, value });
  }
}

/** How the stages are called. */
export const stageTitles: Readonly<Record<StageKind, string>> = {
  pretrain: 'Pretrain',
  evaluate: 'Evaluate',
  downstream: 'Fine-tune',
  export: 'Export',
};
