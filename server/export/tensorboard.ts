import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MetricLine } from '../protocol/run.ts';
import { temporaryName } from '../runFolder/atomic.ts';
import { readMetrics } from '../runFolder/metrics.ts';
import { runPaths } from '../runFolder/runFolder.ts';
import { EventFile } from './eventFile.ts';

/** Writes a run's metrics and previews where TensorBoard finds them: an event file in the run's folder. */
export class TensorBoard {
  constructor(private readonly events: EventFile) {}

  /**
   * Goes on with the folder's newest event file or starts one.
   * @param resumeAt where the run continues, when it does: later steps that the file already has are void
   */
  static open(folder: string, resumeAt?: number): TensorBoard {
    const file = path.join(folder, eventFiles(folder).at(-1) ?? newName());
    return new TensorBoard(new EventFile(file, resumeAt === undefined ? {} : { resumeAt }));
  }

  /** One curve a value, grouped by stage: `pretrain/loss`. */
  metrics({ stage, step, time, values }: MetricLine): void {
    this.events.scalars(
      { step, time },
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`${stage}/${name}`, value])),
    );
  }

  /** @param png a PNG file as `previews/` holds them */
  preview(step: number, png: Uint8Array, time = Date.now()): void {
    this.events.image({ step, time }, 'pretrain/preview', png);
  }

  close(): void {
    this.events.close();
  }
}

/**
 * Writes the event file of a whole run from what its folder holds; for runs whose folder has none.
 * @returns the file, the newest one that was there already if there was one
 */
export function writeTensorBoard(runFolder: string): string {
  const existing = eventFiles(runFolder).at(-1);
  if (existing !== undefined) return path.join(runFolder, existing);
  const file = path.join(runFolder, newName());
  const temporary = temporaryName(file);
  try {
    const board = new TensorBoard(new EventFile(temporary));
    try {
      fill(board, runPaths(runFolder));
    } finally {
      board.close();
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return file;
}

function fill(board: TensorBoard, { metrics, previews }: ReturnType<typeof runPaths>): void {
  for (const line of readMetrics(metrics)) board.metrics(line);
  for (const name of existsSync(previews) ? readdirSync(previews).sort() : []) {
    const step = /^step-(\d+)\.png$/.exec(name)?.[1];
    if (step === undefined) continue;
    const file = path.join(previews, name);
    board.preview(Number(step), readFileSync(file), statSync(file).mtimeMs);
  }
}

/** Oldest first: the names hold the time in seconds. */
function eventFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('events.out.tfevents.'))
    .sort();
}

function newName(): string {
  const seconds = Math.floor(Date.now() / 1000);
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.${os.hostname().replaceAll(/[^\w.-]/g, '_')}`;
}
