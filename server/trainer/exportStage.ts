import { mkdirSync } from 'node:fs';
import { writeTensorBoard } from '../export/tensorboard.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';
import { embedSamples, exportEncoder } from './takeAway.ts';

/** Everything below `export:`, into the run folder. @returns the files. */
export async function exportStage(context: RunContext, values: Values): Promise<string[]> {
  const { onnx, safetensors, embeddings } = context.config.export;
  const paths = runPaths(context.run.folder);
  const formats = [...(onnx ? (['onnx'] as const) : []), ...(safetensors ? (['safetensors'] as const) : [])];
  const files: string[] = [];
  if (formats.length > 0) {
    mkdirSync(paths.exports, { recursive: true });
    files.push(...(await exportEncoder(context, values, formats, paths.exports)));
  }
  if (embeddings !== 'none') {
    mkdirSync(paths.embeddings, { recursive: true });
    files.push(...(await embedSamples(context, values, embeddings, paths.embeddings)).files);
  }
  return files;
}

/** TensorBoard's event file of a run, from its metrics and previews. */
export function eventsForTensorBoard({ run }: RunContext): void {
  writeTensorBoard(run.folder);
}
