import { randomAt } from '../random.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { type Checkpoint, latestCheckpoint, writeCheckpoint } from '../training/checkpoint.ts';
import { viewKeys } from '../training/data/dataset.ts';
import type { StepDefinition, StepResult, TrainingState, TrainingStep } from '../training/engine/engine.ts';
import { initialState } from '../training/engine/initialize.ts';
import { learningRateAt } from '../training/engine/schedule.ts';
import type { RunContext } from './context.ts';
import { TrainingError } from './errors.ts';
import { LiveSettings } from './liveSettings.ts';
import { hasMap, MapWriter } from './mapWriter.ts';
import { hasTarget } from './model.ts';
import { OnlineJudge } from './onlineJudge.ts';
import { type Previewer, preparePreviews } from './preview.ts';
import { Progress } from './progress.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { StepClock } from './stepClock.ts';

export type PretrainOutcome =
  | { readonly state: 'finished'; readonly training: TrainingState }
  | { readonly state: 'stopped'; readonly step: number };

/** At most this many lines of per-step metrics; longer trainings log every n-th step. */
const maxStepLines = 5000;
/** At most about this many previews; runs with more epochs draw every n-th. */
const maxPreviews = 60;
/** Time between two progress reports. */
const reportEveryMs = 100;

/** The training step of a config's pretext task. */
export function pretrainStep({ config, model }: Pick<RunContext, 'config' | 'model'>): StepDefinition {
  const { train } = config;
  return {
    parameters: model.parameters,
    hasTarget: hasTarget(model.task),
    inputs: model.task.inputs,
    loss: (forward, inputs) => model.task.loss(forward, inputs),
    optimizer: {
      type: train.optimizer,
      beta1: train.beta1,
      beta2: train.beta2,
      epsilon: train.epsilon,
      momentum: train.momentum,
      weightDecay: train.weightDecay,
      trust: train.trust,
      clipNorm: train.clipNorm,
    },
    accumulate: train.accumulate,
  };
}

/** Pretrains from the start or from the run's last checkpoint, judging itself along the way. */
export async function pretrain(context: RunContext): Promise<PretrainOutcome> {
  const pretraining = await Pretraining.prepare(context);
  try {
    return await pretraining.run();
  } finally {
    await pretraining.dispose();
  }
}

class Pretraining {
  private readonly settings: LiveSettings;
  private progress: Progress;
  private readonly clock = new StepClock();
  private readonly maps: MapWriter;
  private judge: OnlineJudge | undefined;
  private previewer: Previewer | undefined;
  private lastReport = 0;
  private lastCheckpoint = performance.now();

  private constructor(
    private readonly context: RunContext,
    private readonly step: TrainingStep,
    private readonly sampler: Sampler,
    private done: number,
  ) {
    this.settings = new LiveSettings(context.config);
    this.maps = new MapWriter(context);
    this.progress = new Progress(this.total, context.config.train.batchSize);
  }

  static async prepare(context: RunContext): Promise<Pretraining> {
    const { config, dataset, engine, run } = context;
    const sampler = createSampler(dataset.split.train, config.train.batchSize, config.seed);
    const found = await latestCheckpoint(runPaths(run.folder).checkpoints);
    for (const damaged of found?.damaged ?? [])
      context.emit({ event: 'log', level: 'warning', text: `Passed over a damaged checkpoint. ${damaged}` });
    const checkpoint = found?.checkpoint;
    if (checkpoint && checkpoint.info.hashes.pretrain !== run.record.hashes.pretrain)
      throw new TrainingError(
        `${found.file} belongs to another pretraining: its config or its data have changed. Start a new run.`,
      );
    const step = await engine.training(pretrainStep(context));
    await step.writeState(checkpoint?.training ?? initialState(pretrainStep(context), config.seed));
    const pretraining = new Pretraining(context, step, sampler, checkpoint?.info.step ?? 0);
    if (checkpoint) {
      pretraining.restore(checkpoint);
      context.emit({
        event: 'log',
        level: 'info',
        text: `Continuing after step ${checkpoint.info.step} (${found.file}).`,
      });
    }
    return pretraining;
  }

  private get total(): number {
    return this.settings.train.epochs * this.sampler.stepsPerEpoch;
  }

  async run(): Promise<PretrainOutcome> {
    const { context, sampler } = this;
    let next = this.done < this.total ? this.load(this.done) : undefined;
    while (this.done < this.total && next) {
      this.applyChanges();
      const batch = await this.clock.time('data', () => next!);
      next = this.done + 1 < this.total ? this.load(this.done + 1) : undefined;
      next?.catch(() => {}); // reported when it is awaited
      const result = await this.clock.time('step', () => this.advance(batch));
      await this.clock.time('bookkeeping', async () => {
        this.record(result);
        if (this.done % sampler.stepsPerEpoch === 0) await this.endEpoch(result);
        if (performance.now() - this.lastCheckpoint > this.settings.train.checkpointEvery * 1000)
          await this.save(false);
        await breathe();
      });
      if (context.control.signal.aborted && this.done < this.total) {
        await this.save(false);
        await next;
        return { state: 'stopped', step: this.done };
      }
    }
    const training = await this.save(true);
    context.run.update({ hashes: this.settings.hashes(context.run.record.hashes, this.done) });
    return { state: 'finished', training };
  }

  async dispose(): Promise<void> {
    await this.judge?.dispose();
    await this.previewer?.dispose();
    await this.step.dispose();
  }

  /** The views of the batch at a step, prepared by the data workers. */
  private async load(step: number) {
    const { context, sampler } = this;
    const { epoch, indices } = sampler.batch(step);
    const views = await context.loader.load(indices, viewKeys(context.model.task.views), epoch);
    return { indices, views };
  }

  private async advance(batch: { indices: Int32Array; views: Float32Array[] }): Promise<StepResult> {
    const { config, model } = this.context;
    const moment = { epoch: this.done / this.sampler.stepsPerEpoch, progress: this.done / this.total };
    const inputs = model.task.prepare({ ...batch, ...moment }, randomAt(config.seed, 'prepare', this.done));
    const result = await this.step.run(inputs, {
      learningRate: this.learningRate(),
      targetMomentum: model.task.momentum?.(moment.progress) ?? 0,
    });
    this.done += 1;
    if (!Number.isFinite(result.loss))
      throw new TrainingError(
        `The loss became ${result.loss} at step ${this.done}. Lower train.learningRate (now ${this.settings.train.learningRate}) or set train.clipNorm: 1; the last checkpoint is kept.`,
      );
    return result;
  }

  private learningRate(): number {
    return learningRateAt(this.settings.train, this.sampler.stepsPerEpoch, this.done);
  }

  private record(result: StepResult): void {
    const { context, sampler } = this;
    const every = Math.ceil(this.total / maxStepLines);
    const epoch = this.done / sampler.stepsPerEpoch;
    const last = this.done % sampler.stepsPerEpoch === 0;
    if (this.done % every === 0 || last) {
      const values = {
        loss: result.loss,
        learningRate: this.learningRate(),
        gradientNorm: result.gradientNorm,
        ...result.metrics,
      };
      context.emit({
        event: 'metrics',
        line: { time: Date.now(), stage: 'pretrain', step: this.done, epoch, values },
      });
    }
    const now = performance.now();
    const { samplesPerSecond, etaSeconds } = this.progress.at(this.done, now);
    if (now - this.lastReport < reportEveryMs && !last && this.done > 1) return;
    this.lastReport = now;
    context.emit({
      event: 'step',
      stage: 'pretrain',
      step: this.done,
      steps: this.total,
      epoch: Math.ceil(epoch),
      epochs: this.settings.train.epochs,
      loss: result.loss,
      learningRate: this.learningRate(),
      samplesPerSecond,
      etaSeconds,
      memory: process.memoryUsage.rss(),
    });
  }

  /** Judge and previewer are prepared when they are first needed: the first step comes sooner. */
  private async openJudge(): Promise<OnlineJudge> {
    this.judge ??= await OnlineJudge.prepare(this.context);
    return this.judge;
  }

  private async openPreviewer(samples: number): Promise<Previewer> {
    this.previewer ??= await preparePreviews(this.context, samples);
    return this.previewer;
  }

  private async endEpoch(result: StepResult): Promise<void> {
    const { context, sampler } = this;
    const { train, evaluate } = this.settings;
    const epoch = this.done / sampler.stepsPerEpoch;
    const last = this.done === this.total;
    const values: Record<string, number> = this.clock.takeMeans();
    if (last || epoch % evaluate.every === 0) {
      const judged = await (await this.openJudge()).judge(
        await this.step.readWeights(),
        result,
        evaluate,
        this.done / this.total,
      );
      Object.assign(values, judged.values);
      context.emit({ event: 'verdict', verdict: judged.verdict });
      if (last || hasMap(epoch / evaluate.every, train.epochs / evaluate.every))
        await this.maps.write(judged.embeddings.samples, judged.embeddings.features, this.done);
      if (judged.stop)
        throw new TrainingError(
          `Stopped on collapse (evaluate.stopOnCollapse): ${judged.verdict.summary} ${judged.verdict.fix ?? ''}`,
        );
    }
    context.emit({
      event: 'metrics',
      line: { time: Date.now(), stage: 'pretrain', step: this.done, epoch, values },
    });
    const { preview } = evaluate;
    const every = preview && Math.max(preview.every, Math.ceil(train.epochs / maxPreviews));
    if (preview && every && (last || epoch % every === 0))
      await (await this.openPreviewer(preview.samples)).write(
        await this.step.readWeights(),
        this.done,
        preview.samples,
      );
  }

  private async save(final: boolean): Promise<TrainingState> {
    const { context, sampler } = this;
    const training = await this.step.readState();
    context.run.sync();
    const file = await writeCheckpoint(
      runPaths(context.run.folder).checkpoints,
      {
        info: {
          stage: 'pretrain',
          step: this.done,
          epoch: Math.floor(this.done / sampler.stepsPerEpoch),
          position: this.done % sampler.stepsPerEpoch,
          final,
          hashes: context.run.record.hashes,
          writer: { device: context.engine.device, description: context.engine.description },
          state: { ...this.settings.state },
        },
        training,
        extra: {},
      },
      Object.fromEntries(context.model.parameters.map((parameter) => [parameter.name, parameter.shape])),
    );
    this.lastCheckpoint = performance.now();
    context.emit({ event: 'checkpoint', step: this.done, file });
    return training;
  }

  /** Changes that were made while the run was live are part of its state. */
  private restore(checkpoint: Checkpoint): void {
    const { settings, context } = this;
    settings.restore(checkpoint.info.state);
    if (settings.history.length > 0 || context.run.record.history)
      context.run.update({ history: settings.history });
    this.progress = new Progress(this.total, settings.train.batchSize);
  }

  private applyChanges(): void {
    const { settings, context, sampler } = this;
    const news = context.control.takeChanges();
    const moment = { step: this.done, stepsPerEpoch: sampler.stepsPerEpoch, time: Date.now() };
    const change = news && settings.apply(news, moment);
    if (!change) return;
    this.progress = new Progress(this.total, settings.train.batchSize);
    context.emit({ event: 'changed', change });
    // The change is part of the run from now on: it must survive whatever happens before the next checkpoint is due.
    this.lastCheckpoint = Number.NEGATIVE_INFINITY;
  }
}

/** Lets messages from outside in: a step never waits for anything, so without this none would arrive. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
