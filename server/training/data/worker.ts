// Entry of a data worker thread: prepares batches as they are asked for.
import { parentPort, workerData } from 'node:worker_threads';
import { type PreparerSpec, SamplePreparer } from './preparer.ts';
import type { WorkerAnswer, WorkerJob } from './workerPool.ts';

const port = parentPort;
if (port === null) throw new Error('dataWorker runs as a worker thread only.');
const preparer = new SamplePreparer(workerData as PreparerSpec);

/** One job after the other: the buffers of the renderer are shared by all. */
let last: Promise<void> = Promise.resolve();
port.on('message', (job: WorkerJob) => {
  last = last.then(async () => {
    let answer: WorkerAnswer;
    try {
      answer = { id: job.id, ...(await preparer.prepare(job.indices, job.views, job.epoch)) };
    } catch (error) {
      answer = { id: job.id, error: (error as Error).message };
    }
    port.postMessage(answer, 'views' in answer ? answer.views.map((view) => view.buffer) : []);
  });
});
