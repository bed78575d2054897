import { existsSync } from 'node:fs';
import path from 'node:path';
import { plural } from './format.ts';
import { exitCodes, type Io, UsageError } from './io.ts';
import { shorten } from './liveRuns.ts';
import { Progress } from './progress.ts';
import { storeHere } from './storeHere.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly json?: boolean;
  readonly format: 'npy' | 'csv';
  readonly input?: string;
  readonly output?: string;
}

/** `selfsup embed`: writes one feature vector per sample. */
export function embed(
  wanted: string,
  { json = false, format, input, output }: Options,
  io: Io,
): Promise<number> {
  const { folder, record } = storeHere(io).find(wanted);
  if (input !== undefined && !existsSync(path.resolve(io.cwd, input)))
    throw new UsageError(`${input} does not exist. Give data like the run's own.`);
  return withTrainer(io, async (trainer) => {
    const progress = new Progress(io);
    if (!json) trainer.onEvent((event) => progress.handle(event));
    const { files, count, size } = await trainer.run({
      task: 'embed',
      runFolder: folder,
      format,
      ...(input === undefined ? {} : { input: path.resolve(io.cwd, input) }),
      ...(output === undefined ? {} : { output: path.resolve(io.cwd, output) }),
    });
    progress.close();
    if (json) io.out(`${JSON.stringify({ run: record.id, files, count, size })}\n`);
    else {
      io.out(`${plural(count, 'sample')}, ${size} features each:\n`);
      for (const file of files) io.out(`  ${shorten(file, io.cwd)}\n`);
    }
    return exitCodes.done;
  });
}
