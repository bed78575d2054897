import { TrainerProcess } from '../runs/trainerProcess.ts';
import type { Io } from './io.ts';

/** Ctrl-C while a command had nothing to save: exit code 130 without a word. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Starts a trainer for a command and ends it afterwards; Ctrl-C ends it at once.
 * `use` gets it running, before it has loaded its libraries: do other work first and they load meanwhile.
 * @throws InterruptedError at Ctrl-C.
 */
export async function withTrainer<T>(
  io: Io,
  use: (trainer: TrainerProcess, handOver: () => void) => Promise<T>,
): Promise<T> {
  const trainer = TrainerProcess.start(io.trainer);
  let interrupted = false;
  let mine = true;
  const release = io.onInterrupt(() => {
    interrupted = true;
    void trainer.kill();
  });
  try {
    return await use(trainer, () => {
      mine = false;
      release();
    });
  } catch (error) {
    throw interrupted ? new InterruptedError() : error;
  } finally {
    release();
    if (mine) await trainer.close();
  }
}
