import type { Result, RunRecord, StageKind, TrainerEvent, Verdict } from '../protocol/run.ts';
import type { RunWriter } from '../runFolder/runFolder.ts';

/** Time between two progress notes in run.json (each costs an fsync). */
const progressEveryMs = 3000;

/**
 * Writes what happens to the run folder first and reports it second, so that whatever was shown is on the disk.
 * Also gathers what run.json says in the end: results and the last verdict.
 */
export class Emitter {
  readonly results: Result[] = [];
  verdict: Verdict | undefined;
  /** How far the run has come; run.json follows every few seconds and in the end. */
  progress: RunRecord['progress'];
  private stage: StageKind = 'pretrain';
  private lastProgress = 0;

  constructor(
    private readonly run: RunWriter,
    private readonly report: (event: TrainerEvent) => void,
  ) {}

  emit(event: TrainerEvent): void {
    this.report(this.write(event));
  }

  private write(event: TrainerEvent): TrainerEvent {
    const { run } = this;
    switch (event.event) {
      case 'metrics':
        run.metric(event.line);
        break;
      case 'log':
        run.log(event.level, event.text);
        break;
      case 'data':
        run.log('info', `Data: ${event.summary}; ${event.train} to train, ${event.test} to test.`);
        for (const { name, reason } of event.skipped) run.log('warning', `Skipped ${name}: ${reason}`);
        break;
      case 'device':
        run.log('info', `Device: ${event.device}, ${event.description}. ${event.reason}`);
        run.update({ device: { name: event.device, description: event.description, reason: event.reason } });
        break;
      case 'stage':
        this.stage = event.stage;
        run.log('info', `${event.title}: ${event.state}.`);
        break;
      case 'step':
        this.note(event.stage, event.step, event.steps);
        break;
      case 'checkpoint': // the last one may be ahead of the last report
        if (this.progress?.stage === 'pretrain') this.progress = { ...this.progress, step: event.step };
        break;
      case 'changed':
        run.log('info', `Changed at step ${event.change.step}: ${event.change.text}`);
        run.update({ history: [...(run.record.history ?? []), event.change] });
        break;
      case 'verdict':
        if (event.verdict.state !== this.verdict?.state) run.log('info', `Verdict: ${event.verdict.summary}`);
        this.verdict = event.verdict;
        break;
      case 'result': {
        const result = { ...event.result, stage: this.stage };
        this.results.push(result);
        run.update({ results: this.results });
        return { event: 'result', result };
      }
      default:
    }
    return event;
  }

  private note(stage: StageKind, step: number, steps: number): void {
    this.progress = { stage, step, steps };
    const now = performance.now();
    if (now - this.lastProgress < progressEveryMs && step < steps) return;
    this.lastProgress = now;
    this.run.update({ progress: this.progress, ...(this.verdict && { verdict: this.verdict }) });
  }
}
