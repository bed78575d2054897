import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { Named } from '../nn/parameters.ts';
import type { StageKind } from '../protocol/run.ts';
import type { FailureKind } from '../protocol/trainer.ts';
import { errorCode, explainDisk, isTemporary, syncFolder, temporaryName } from '../runFolder/atomic.ts';
import type { TrainingState } from './engine/engine.ts';
import {
  bytesOf,
  encodeSafetensors,
  SafetensorsError,
  SafetensorsFile,
  type TensorData,
} from './safetensors.ts';

/** Where a run stands beside its tensors: enough to continue as if it had never stopped. */
export interface CheckpointInfo {
  readonly stage: StageKind;
  /** Steps (batches) done; also the position in the schedule and in the random streams. */
  readonly step: number;
  readonly epoch: number;
  /** Batches of this epoch already done: the sampler's position. */
  readonly position: number;
  /** True once the stage is finished. */
  readonly final: boolean;
  /** Hash of each stage's config; a checkpoint of another pretraining is refused. */
  readonly hashes: Readonly<Record<StageKind, string>>;
  /** Versions and device it was written with, for people. */
  readonly writer: Readonly<Record<string, string>>;
  /** Anything else that must survive, as JSON: hot changes, best values ... */
  readonly state: Readonly<Record<string, unknown>>;
}

export interface Checkpoint {
  readonly info: CheckpointInfo;
  readonly training: TrainingState;
  /** Arrays beside the training state: a queue, an online probe. */
  readonly extra: Named<Float32Array>;
}

const FORMAT = '1';
/** Old checkpoints kept beside the final one: the newest, and one in case the disk damaged it. */
const KEEP = 2;

/** A checkpoint that cannot be used; the message says which file and why. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly kind: FailureKind = 'training';
}

/**
 * Writes `step-<n>.safetensors` (or `final.safetensors`) so that it exists whole or not at all, then removes the
 * checkpoints that are no longer needed. On any error the earlier ones are untouched.
 * @param shapes of the parameters, so that other tools read tensors instead of flat arrays.
 * @returns the file.
 * @throws DiskError when the disk is full.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  shapes: Named<readonly number[]> = {},
): Promise<string> {
  const { info } = checkpoint;
  const file = path.join(folder, info.final ? 'final.safetensors' : stepName(info.step));
  const tensors = collect(checkpoint, shapes);
  let checksum = 0;
  for (const { values } of tensors.values()) checksum = crc32(bytesOf(values), checksum);
  const pieces = encodeSafetensors(tensors, {
    format: 'selfsup-checkpoint',
    version: FORMAT,
    checksum: checksum.toString(16),
    updates: String(checkpoint.training.updates),
    accumulated: String(checkpoint.training.accumulated),
    info: JSON.stringify(info),
  });
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainDisk(error, file);
  }
  syncFolder(folder);
  await prune(folder, info.step);
  return file;
}

/**
 * Reads and checks a checkpoint.
 * @throws CheckpointError when it is missing, damaged or of another format.
 */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  try {
    return await read(file);
  } catch (error) {
    if (error instanceof SafetensorsError) throw new CheckpointError(error.message);
    if (errorCode(error) === 'ENOENT') throw new CheckpointError(`${file} is missing.`);
    throw error;
  }
}

async function read(file: string): Promise<Checkpoint> {
  const source = await SafetensorsFile.open(file);
  try {
    const { metadata } = source;
    if (metadata.format !== 'selfsup-checkpoint')
      throw new CheckpointError(`${file}: not a checkpoint of Selfsup.`);
    if (metadata.version !== FORMAT) {
      throw new CheckpointError(
        `${file}: format ${metadata.version}, expected ${FORMAT}. Use the Selfsup that wrote it.`,
      );
    }
    const checkpoint = {
      info: JSON.parse(metadata.info ?? '') as CheckpointInfo,
      training: {
        weights: {},
        buffers: {},
        target: {},
        optimizer: {},
        updates: Number(metadata.updates),
        accumulated: Number(metadata.accumulated),
      } as TrainingState,
      extra: {} as Named<Float32Array>,
    };
    let checksum = 0;
    for (const name of source.tensors.keys()) {
      const values = await source.floats(name);
      checksum = crc32(bytesOf(values), checksum);
      place(checkpoint, name, values);
    }
    if (checksum.toString(16) !== metadata.checksum)
      throw new CheckpointError(`${file}: the checksum does not match.`);
    return checkpoint;
  } finally {
    await source.close();
  }
}

/**
 * The newest usable checkpoint of a folder, and the damaged ones that were passed over; none: `undefined`.
 * @throws CheckpointError when there are checkpoints and every one is damaged: to start over is not ours to decide.
 */
export async function latestCheckpoint(
  folder: string,
): Promise<{ file: string; checkpoint: Checkpoint; damaged: readonly string[] } | undefined> {
  const damaged: string[] = [];
  for (const name of (await checkpointNames(folder)).toReversed()) {
    const file = path.join(folder, name);
    try {
      return { file, checkpoint: await readCheckpoint(file), damaged };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      damaged.push(error.message);
    }
  }
  if (damaged.length > 0)
    throw new CheckpointError(
      `No checkpoint of this run can be read: ${damaged.join(' ')} Restore one from a backup, or train again.`,
    );
  return undefined;
}

/** Names of the checkpoints in a folder, oldest first, `final.safetensors` last. */
export async function checkpointNames(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [] as string[];
    throw error;
  });
  const steps = names
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort((a, b) => stepOf(a) - stepOf(b));
  return names.includes('final.safetensors') ? [...steps, 'final.safetensors'] : steps;
}

const stepName = (step: number): string => `step-${String(step).padStart(8, '0')}.safetensors`;
const stepOf = (name: string): number => Number(/\d+/.exec(name)?.[0]);

function collect(checkpoint: Checkpoint, shapes: Named<readonly number[]>): Map<string, TensorData> {
  const tensors = new Map<string, TensorData>();
  const add = (group: string, values: Named<Float32Array>) => {
    for (const [name, array] of Object.entries(values)) {
      const shape = shapes[name];
      const fits = shape?.reduce((a, b) => a * b, 1) === array.length;
      tensors.set(`${group}:${name}`, {
        dtype: 'F32',
        shape: shape && fits ? shape : [array.length],
        values: array,
      });
    }
  };
  const { weights, buffers, target, optimizer } = checkpoint.training;
  add('weights', weights);
  add('buffers', buffers);
  add('target', target);
  for (const [slot, values] of Object.entries(optimizer)) add(`optimizer.${slot}`, values);
  for (const [name, values] of Object.entries(checkpoint.extra)) {
    tensors.set(`extra:${name}`, { dtype: 'F32', shape: [values.length], values });
  }
  return tensors;
}

/** The inverse of `collect` for one tensor. */
function place(checkpoint: Checkpoint, name: string, values: Float32Array): void {
  const colon = name.indexOf(':');
  const group = name.slice(0, colon);
  const parameter = name.slice(colon + 1);
  const { training, extra } = checkpoint;
  if (group === 'extra') extra[parameter] = values;
  else if (group.startsWith('optimizer.')) {
    const slot = group.slice('optimizer.'.length);
    training.optimizer[slot] ??= {};
    training.optimizer[slot][parameter] = values;
  } else if (group === 'weights' || group === 'buffers' || group === 'target')
    training[group][parameter] = values;
  else throw new CheckpointError(`The checkpoint holds an unknown tensor ${name}.`);
}

/**
 * Keeps the newest KEEP steps up to `step` and the final one; clears what a crash left behind. Later steps can only be
 * damaged ones that were passed over: kept, they would push out good ones.
 */
async function prune(folder: string, step: number): Promise<void> {
  const names = (await checkpointNames(folder)).filter((name) => name.startsWith('step-'));
  const steps = names.filter((name) => stepOf(name) <= step);
  const passedOver = names.filter((name) => stepOf(name) > step);
  const leftOver = (await readdir(folder)).filter(isTemporary);
  for (const name of [...steps.slice(0, -KEEP), ...passedOver, ...leftOver])
    await rm(path.join(folder, name), { force: true });
}
