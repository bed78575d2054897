import path from 'node:path';
import { exitCodes, type Io } from './io.ts';
import { shorten } from './liveRuns.ts';
import { storeHere } from './storeHere.ts';
import { withTrainer } from './withTrainer.ts';

interface Options {
  readonly json?: boolean;
  readonly format?: readonly ('onnx' | 'safetensors')[];
  readonly output?: string;
}

/** `selfsup export`: takes the encoder of a run away. */
export function exportRun(
  wanted: string,
  { json = false, format, output }: Options,
  io: Io,
): Promise<number> {
  const { folder, record } = storeHere(io).find(wanted);
  return withTrainer(io, async (trainer) => {
    const { files } = await trainer.run({
      task: 'export',
      runFolder: folder,
      formats: format ?? ['onnx', 'safetensors'],
      ...(output === undefined ? {} : { output: path.resolve(io.cwd, output) }),
    });
    if (json) io.out(`${JSON.stringify({ run: record.id, files })}\n`);
    else for (const file of files) io.out(`${shorten(file, io.cwd)}\n`);
    return exitCodes.done;
  });
}
