import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { runPaths } from '../runFolder/runFolder.ts';

/**
 * Takes the finished pretraining of one run over into another: its final checkpoint, metrics and previews. Linked
 * where the file system can, copied elsewhere, so that the new run is whole even after the old one is deleted.
 */
export function adoptPretraining(from: string, to: string): void {
  const source = runPaths(from);
  const target = runPaths(to);
  take(
    path.join(source.checkpoints, 'final.safetensors'),
    path.join(target.checkpoints, 'final.safetensors'),
  );
  // The metrics are appended to, so a link would write into the other run as well.
  if (existsSync(source.metrics)) copyFileSync(source.metrics, target.metrics);
  if (!existsSync(source.previews)) return;
  mkdirSync(target.previews, { recursive: true });
  for (const name of readdirSync(source.previews))
    take(path.join(source.previews, name), path.join(target.previews, name));
}

function take(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
