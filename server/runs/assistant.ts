import { constants, setPriority } from 'node:os';
import { dataStamp } from '../config/dataStamp.ts';
import { contentHash } from '../config/hash.ts';
import type { Config } from '../config/schema.ts';
import type { PretextPreview } from '../protocol/pretextPreview.ts';
import type {
  DataFacts,
  Estimate,
  EstimateTask,
  InspectTask,
  PlainConfig,
  PreviewTask,
} from '../protocol/trainer.ts';
import { TrainerError, type TrainerOptions, TrainerProcess } from './trainerProcess.ts';

/** A newer question took this one's place; nobody waits for the answer any more. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

export interface AssistantOptions {
  readonly trainer?: TrainerOptions;
  /** The process ends after this time without a question (ms). */
  readonly idleMs?: number;
  /** How long a superseded question may go on before its process is ended (ms). */
  readonly patienceMs?: number;
}

export interface PreviewQuestion {
  readonly samples: number;
  /** A run whose newest checkpoint restores too. */
  readonly runFolder?: string;
  /** Who asks, e.g. the config file: a newer question of the same key supersedes the older one. */
  readonly key: string;
}

type Question = InspectTask | EstimateTask | PreviewTask;

interface Waiting {
  readonly key: string;
  readonly question: Question;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers that are remembered, of each kind. */
const remembered = 50;

/**
 * Answers the editor's questions about configs that have no run: what the data are, what training costs, what the
 * pretext task looks like. One trainer process in the background answers them one after the other, estimates last: started by the
 * first question, ended when none came for a while, of low priority so that it does not slow a training.
 *
 * A failed question rejects with a TrainerError (with `problem` where the data are the user's mistake), one that is
 * overtaken with a SupersededError. The process may die; the next question starts another one.
 */
export class Assistant {
  private readonly queue: Waiting[] = [];
  private readonly answers = new Map<string, Promise<unknown>>();
  private readonly idleMs: number;
  private readonly patienceMs: number;
  private running: Waiting | undefined;
  private process: TrainerProcess | undefined;
  private idle: NodeJS.Timeout | undefined;
  private impatient: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(private readonly options: AssistantOptions = {}) {
    this.idleMs = options.idleMs ?? 3 * 60_000;
    this.patienceMs = options.patienceMs ?? 3000;
  }

  /**
   * What the data of a config are. Remembered as long as the `data` section and the files behind it stay the same.
   * @param key a newer question of the same key supersedes the older one; without it nothing does.
   */
  inspect(config: Config, key?: string): Promise<DataFacts> {
    const { data, seed } = config;
    const id = contentHash({ ask: 'inspect', data, seed, stamp: dataStamp(data) });
    const task: InspectTask = { task: 'inspect', config: plain(config) };
    return this.remember(id, async () => {
      const outcome = await this.ask<{ facts: DataFacts }>(task, `inspect ${key ?? id}`);
      return outcome.facts;
    });
  }

  /** What a config costs. Remembered like `inspect`, by everything that changes the answer. */
  estimate(config: Config, key?: string): Promise<Estimate> {
    const { data, seed, encoder, pretext, train } = config;
    const id = contentHash({ ask: 'estimate', data, seed, encoder, pretext, train, stamp: dataStamp(data) });
    const task: EstimateTask = { task: 'estimate', config: plain(config) };
    return this.remember(id, async () => {
      const outcome = await this.ask<{ estimate: Estimate }>(task, `estimate ${key ?? id}`);
      return outcome.estimate;
    });
  }

  /** What the pretext task of a config makes of the first held-out samples. */
  async preview(config: Config, { samples, runFolder, key }: PreviewQuestion): Promise<PretextPreview> {
    const task: PreviewTask = {
      task: 'preview',
      config: plain(config),
      samples,
      ...(runFolder !== undefined && { runFolder }),
    };
    return (await this.ask<{ preview: PretextPreview }>(task, `preview ${key}`)).preview;
  }

  /** Ends the process; questions that wait are superseded, later ones refused. */
  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.idle);
    clearTimeout(this.impatient);
    for (const waiting of this.queue.splice(0)) waiting.reject(new SupersededError('The assistant ended.'));
    this.running?.reject(new SupersededError('The assistant ended.'));
    await this.process?.kill();
  }

  /** The process that answers, while there is one. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Asks once for equal questions; failures are forgotten. */
  private remember<Answer>(id: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.answers.get(id);
    if (known !== undefined) return known as Promise<Answer>;
    const answer = ask();
    this.answers.set(id, answer);
    answer.catch(() => this.answers.delete(id));
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= remembered) break;
      this.answers.delete(oldest);
    }
    return answer;
  }

  private ask<Outcome>(question: Question, key: string): Promise<Outcome> {
    if (this.disposed) return Promise.reject(new SupersededError('The assistant has ended.'));
    this.supersede(key, question);
    return new Promise<unknown>((resolve, reject) => {
      this.queue.push({ key, question, resolve, reject });
      void this.next();
    }) as Promise<Outcome>;
  }

  /** Older questions of a key are dropped; one that is being answered may finish if it is quick. */
  private supersede(key: string, next: Question): void {
    const overtaken = new SupersededError('A newer question took its place.');
    const older = this.queue.findIndex((waiting) => waiting.key === key);
    if (older >= 0) this.queue.splice(older, 1)[0]!.reject(overtaken);
    const { running } = this;
    if (running?.key !== key) return;
    running.reject(overtaken);
    if (this.impatient !== undefined) return;
    // With the same data the work of opening them is not lost to the next question: worth a longer wait.
    const same = contentHash(running.question.config.data) === contentHash(next.config.data);
    this.impatient = setTimeout(() => void this.process?.kill(), this.patienceMs * (same ? 5 : 1));
  }

  private async next(): Promise<void> {
    if (this.running !== undefined) return;
    // People wait for previews and findings; an estimate is a hint beside them.
    const urgent = this.queue.findIndex(({ question }) => question.task !== 'estimate');
    const [waiting] = this.queue.splice(Math.max(0, urgent), 1);
    if (waiting === undefined) return this.rest();
    this.running = waiting;
    clearTimeout(this.idle);
    try {
      waiting.resolve(await this.answer(waiting.question));
    } catch (error) {
      waiting.reject(error);
    }
    clearTimeout(this.impatient);
    this.impatient = undefined;
    this.running = undefined;
    void this.next();
  }

  private async answer(question: Question): Promise<unknown> {
    const used = this.process;
    try {
      return await this.open().run(question);
    } catch (error) {
      // A process that died since the last question says nothing about this one.
      const died = error instanceof TrainerError && error.kind === 'crash';
      if (!died || used === undefined || this.impatient !== undefined || this.disposed) throw error;
      return this.open().run(question);
    }
  }

  private rest(): void {
    this.idle = setTimeout(() => {
      const { process } = this;
      this.process = undefined;
      void process?.close();
    }, this.idleMs);
    this.idle.unref();
  }

  private open(): TrainerProcess {
    if (this.process !== undefined) return this.process;
    const process = TrainerProcess.start(this.options.trainer);
    lowerPriority(process.pid);
    this.process = process;
    void process.ended.then(() => {
      if (this.process === process) this.process = undefined;
    });
    return process;
  }
}

/** At once after the start: the threads that a process makes later inherit it. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Not allowed here, or the process is gone already: its end is told elsewhere.
  }
}

/** A resolved config crosses to the trainer as JSON. */
function plain(config: Config): PlainConfig {
  return config as unknown as PlainConfig;
}
