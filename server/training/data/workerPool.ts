import { Worker } from 'node:worker_threads';
import { bundlePath } from '../../packageRoot.ts';
import type { SkippedSample, ViewKey } from './dataset.ts';
import type { Prepared, PreparerSpec } from './preparer.ts';

export interface WorkerJob {
  readonly id: number;
  readonly indices: Int32Array;
  readonly views: readonly ViewKey[];
  readonly epoch: number;
}

export type WorkerAnswer =
  | {
      readonly id: number;
      readonly views: Float32Array<ArrayBuffer>[];
      readonly skipped: readonly SkippedSample[];
    }
  | { readonly id: number; readonly error: string };

interface Pending {
  resolve(prepared: Prepared): void;
  reject(error: Error): void;
}

/** A fixed number of data workers. The process may end while they are idle. */
export class WorkerPool {
  readonly #workers: Worker[] = [];
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #failure: Error | undefined;
  #closed = false;

  constructor(size: number, spec: PreparerSpec) {
    for (let i = 0; i < size; i++) {
      const worker = new Worker(bundlePath('dataWorker'), { workerData: spec, name: `data ${i}` });
      worker.unref();
      worker.on('message', (answer: WorkerAnswer) => this.#receive(answer));
      worker.on('error', (error) => this.#fail(new Error(`A data worker failed: ${error.message}`)));
      worker.on('exit', (code) => {
        if (!this.#closed) this.#fail(new Error(`A data worker ended with code ${code}.`));
      });
      this.#workers.push(worker);
    }
  }

  get size(): number {
    return this.#workers.length;
  }

  /** Hands one piece of work to the given worker. */
  run(worker: number, indices: Int32Array, views: readonly ViewKey[], epoch: number): Promise<Prepared> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) for (const each of this.#workers) each.ref();
      this.#pending.set(id, { resolve, reject });
      this.#workers[worker]!.postMessage({ id, indices, views, epoch } satisfies WorkerJob);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#fail(new Error('The sample loader was closed.'));
  }

  #receive(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) for (const worker of this.#workers) worker.unref();
    if ('error' in answer) pending?.reject(new Error(answer.error));
    else pending?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
