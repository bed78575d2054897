import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunChange, RunRecord } from '../protocol/run.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { readCheckpoint } from '../training/checkpoint.ts';
import type { TrainingState } from '../training/engine/engine.ts';

const finalCheckpoint = (folder: string): string =>
  path.join(runPaths(folder).checkpoints, 'final.safetensors');

/**
 * Takes the finished pretraining of one run over into another: its final checkpoint, metrics, pictures, sounds and maps. Linked
 * where the file system can, copied elsewhere, so that the new run is whole even after the old one is deleted.
 * @param from may be `to` itself, when only the end of it is wanted.
 * @returns the state after the last step.
 * @throws CheckpointError when the final checkpoint cannot be used; nothing has been taken over then.
 */
export async function adoptPretraining(from: string, to: string): Promise<TrainingState> {
  const { training } = await readCheckpoint(finalCheckpoint(from));
  if (from !== to) takeOver(from, to);
  return training;
}

/**
 * What was changed while a run pretrained, for another one that takes the pretraining over. Only the marks: the config
 * of the other one has the new settings already, and may have changed since.
 */
export function adoptedHistory({ history }: RunRecord): readonly RunChange[] | undefined {
  return history?.map((change) => ({ ...change, changes: {} }));
}

/** Everything that pretraining left in the run folder `from`, for the run folder `to`. */
export function takeOver(from: string, to: string): void {
  const source = runPaths(from);
  const target = runPaths(to);
  take(finalCheckpoint(from), finalCheckpoint(to));
  // The metrics are appended to, so a link would write into the other run as well.
  if (existsSync(source.metrics)) copyFileSync(source.metrics, target.metrics);
  takeAll(source.previews, target.previews);
  // Features that were exported belong to the run that exported them.
  takeAll(source.embeddings, target.embeddings, (name) =>
    /^(map-\d+\.json|thumbnails\.png|sounds)$/.test(name),
  );
}

/** What lies in a folder, and in those below it. */
function takeAll(from: string, to: string, wanted: (name: string) => boolean = () => true): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter(wanted)) {
    const [source, target] = [path.join(from, name), path.join(to, name)];
    if (statSync(source).isDirectory()) takeAll(source, target);
    else take(source, target);
  }
}

function take(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
