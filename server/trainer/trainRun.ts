import path from 'node:path';
import type { Result, StageKind, TrainerEvent } from '../protocol/run.ts';
import type { TrainOutcome, TrainTask } from '../protocol/trainer.ts';
import { RunWriter, readRun } from '../runFolder/runFolder.ts';
import { CheckpointError } from '../training/checkpoint.ts';
import { failureKind, type TaskControl } from '../training/connection.ts';
import type { TrainingState, Values } from '../training/engine/engine.ts';
import { adoptedHistory, adoptPretraining } from './adopt.ts';
import type { RunContext } from './context.ts';
import { adoptPictures } from './detections.ts';
import { Emitter } from './emitter.ts';
import { eventsForTensorBoard, exportStage } from './exportStage.ts';
import { concludeVerdict, downstreamStage, evaluateStage } from './judging.ts';
import { type OpenRun, openRun } from './openRun.ts';
import { pretrain } from './pretrain.ts';
import { reportRun } from './reportRun.ts';

const titles: Readonly<Record<StageKind, string>> = {
  pretrain: 'Pretrain',
  evaluate: 'Evaluate',
  downstream: 'Fine-tune',
  export: 'Export',
};

/** The `train` task: every stage of a run, in order, from wherever it stands. */
export async function trainRun(task: TrainTask, control: TaskControl): Promise<TrainOutcome> {
  const run = RunWriter.open(task.runFolder);
  const emitter = new Emitter(run, control.report);
  run.begin();
  let opened: OpenRun | undefined;
  try {
    opened = await openRun(run, control, emitter);
    run.update({ state: 'running' });
    const finished = await new Stages(opened.context, task, emitter).run();
    return close(
      run,
      emitter,
      finished ? { state: 'finished' } : { state: 'stopped', reason: stopReason(control) },
    );
  } catch (error) {
    if (control.signal.aborted) return close(run, emitter, { state: 'stopped', reason: stopReason(control) });
    const message = error instanceof Error ? error.message : String(error);
    const failure = failureKind(error);
    try {
      run.log('error', failure === 'internal' && error instanceof Error ? (error.stack ?? message) : message);
    } catch {
      // A full disk: run.json, written next from its reserve, says it.
    }
    return close(run, emitter, { state: 'failed', reason: message, failure });
  } finally {
    await opened?.dispose();
    run.close();
  }
}

type Ending = Pick<TrainOutcome, 'state' | 'reason' | 'failure'>;

function close(run: RunWriter, { results, verdict, progress }: Emitter, ending: Ending): TrainOutcome {
  run.update({
    state: ending.state,
    ended: new Date().toISOString(),
    reason: ending.reason,
    process: undefined,
    ...(progress && { progress }),
    ...(verdict && { verdict }),
  });
  return { ...ending, results, ...(verdict && { verdict }) };
}

function valuesOf({ weights, buffers }: TrainingState): Values {
  return { ...weights, ...buffers };
}

function stopReason({ signal }: TaskControl): string {
  return typeof signal.reason === 'string' ? signal.reason : 'Stopped.';
}

/** Walks through the stages; a finished one of this run, or of another with the same hash, is not done again. */
class Stages {
  private readonly exported: string[] = [];
  /** What earlier attempts of this run measured. */
  private readonly measured: readonly Result[];

  constructor(
    private readonly context: RunContext,
    private readonly task: TrainTask,
    private readonly emitter: Emitter,
  ) {
    this.measured = context.run.record.results;
  }

  /** @returns false when the run was stopped on the way. */
  async run(): Promise<boolean> {
    const { context } = this;
    const { config } = context;
    const values = await this.pretrain();
    if (!values) return false;
    await this.judge('evaluate', () => evaluateStage(context, values));
    if (config.downstream.length > 0) await this.judge('downstream', () => downstreamStage(context, values));
    concludeVerdict(context, this.emitter);
    const { onnx, safetensors, embeddings } = config.export;
    if (onnx || safetensors || embeddings !== 'none')
      await this.stage('export', async () => {
        this.exported.push(...(await exportStage(context, values)));
        return true;
      });
    eventsForTensorBoard(context);
    await reportRun(context, this.emitter, this.exported);
    return true;
  }

  /** @returns the pretrained weights and buffers; undefined when stopped. */
  private async pretrain(): Promise<Values | undefined> {
    const known = await this.knownPretraining();
    if (known) return valuesOf(known);
    let values: Values | undefined;
    await this.stage('pretrain', async () => {
      const outcome = await pretrain(this.context);
      if (outcome.state === 'stopped') return false;
      values = valuesOf(outcome.training);
      return true;
    });
    return values;
  }

  /** The finished pretraining of this run or of one with the same hash; none when its checkpoint is damaged. */
  private async knownPretraining(): Promise<TrainingState | undefined> {
    const { context, task } = this;
    const { folder } = context.run;
    const from = this.isDone('pretrain') ? folder : task.reuse.pretrain;
    if (!from) return undefined;
    try {
      const training = await adoptPretraining(from, folder);
      const source = readRun(from);
      if (from !== folder) context.run.update({ history: adoptedHistory(source) });
      this.reused('pretrain', from);
      this.emitter.verdict = source.verdict;
      return training;
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      // A run whose own end is damaged goes on from the checkpoint before it, and says so there.
      if (from !== folder) {
        const text = `The pretraining of ${path.basename(from)} cannot be used again: ${error.message} Pretraining anew.`;
        context.emit({ event: 'log', level: 'warning', text });
      }
      return undefined;
    }
  }

  private async judge(stage: StageKind, measure: () => Promise<readonly Result[]>): Promise<void> {
    const from = this.isDone(stage) ? this.context.run.folder : this.task.reuse[stage];
    const measured = from === this.context.run.folder ? this.measured : from ? readRun(from).results : [];
    const known = measured.filter((result) => result.stage === stage);
    if (from && known.length > 0) {
      this.reused(stage, from);
      adoptPictures(known, from, this.context.run.folder);
      for (const result of known) this.context.emit({ event: 'result', result });
    } else
      await this.stage(stage, async () => {
        await measure();
        return true;
      });
  }

  private isDone(stage: StageKind): boolean {
    const state = this.context.run.record.stages[stage]?.state;
    return state === 'finished' || state === 'reused';
  }

  /** @param work returns false when it was stopped before its end. */
  private async stage(stage: StageKind, work: () => Promise<boolean>): Promise<void> {
    this.mark(stage, 'running');
    this.report(stage, 'started');
    if (!(await work())) return;
    this.mark(stage, 'finished');
    this.report(stage, 'finished');
  }

  private reused(stage: StageKind, from: string): void {
    this.mark(stage, 'reused', from);
    this.report(stage, 'reused');
  }

  private report(stage: StageKind, state: Extract<TrainerEvent, { event: 'stage' }>['state']): void {
    this.context.emit({ event: 'stage', stage, title: titles[stage], state });
  }

  private mark(stage: StageKind, state: 'running' | 'finished' | 'reused', from?: string): void {
    const { run } = this.context;
    run.update({
      stages: { ...run.record.stages, [stage]: { state, ...(from && from !== run.folder && { from }) } },
    });
  }
}
