import type { StageKind } from '../protocol/run.ts';
import { withoutPaths } from './data/paths.ts';
import { targetsOf } from './downstream/tasks.ts';
import { contentHash } from './hash.ts';
import type { Config } from './schema.ts';
import type { TrainConfig } from './train.ts';

/** One stage of a run; stages with equal hashes have equal results. */
export interface PlannedStage {
  readonly kind: StageKind;
  readonly hash: string;
}

/** What a config makes a run do, in order. */
export interface Plan {
  readonly stages: readonly PlannedStage[];
  /** Hash of every kind of stage, also of those that have nothing to do. */
  readonly hashes: Readonly<Record<StageKind, string>>;
  /** Hash of each downstream task, in the order of the config: unchanged ones keep their numbers. */
  readonly downstream: readonly string[];
}

/** Bumped when the meaning of a config changes, so that results of older versions are not reused. */
const version = 1;

/** Keys of `train` that change how a run computes, never what. */
const incidental = ['device', 'threads', 'checkpointEvery'] as const;

/** Which keys of `train` an optimizer does not read. */
const unread: Readonly<Record<TrainConfig['optimizer'], readonly (keyof TrainConfig)[]>> = {
  adam: ['momentum', 'trust'],
  adamw: ['momentum', 'trust'],
  sgd: ['beta1', 'beta2', 'epsilon', 'trust'],
  lars: ['beta1', 'beta2', 'epsilon'],
};

/**
 * The stages of a run and their content hashes.
 * @param fingerprint hash of the data's content; with it the place of the data does not matter, without it the
 *   path stands for the content.
 * @param pretraining hash of the pretraining that is taken over, where it is not what the config itself would give
 *   (it was changed while it ran).
 */
export function planRun(config: Config, fingerprint?: string, pretraining?: string): Plan {
  const pretrain = pretraining ?? contentHash({ version, ...pretrainContent(config, fingerprint) });
  const { knn, linearProbe } = config.evaluate;
  const downstream = config.downstream.map((task) => contentHash({ pretrain, task }));
  const hashes = {
    pretrain,
    evaluate: contentHash({ pretrain, knn, linearProbe }),
    downstream: contentHash({ pretrain, downstream }),
    export: contentHash({ pretrain, export: config.export }),
  };
  const { onnx, safetensors, embeddings } = config.export;
  const wanted: Record<StageKind, boolean> = {
    pretrain: true,
    evaluate: true,
    downstream: config.downstream.length > 0,
    export: onnx || safetensors || embeddings !== 'none',
  };
  const kinds: StageKind[] = ['pretrain', 'evaluate', 'downstream', 'export'];
  const stages = kinds.filter((kind) => wanted[kind]).map((kind) => ({ kind, hash: hashes[kind] }));
  return { stages, hashes, downstream };
}

/** Everything that the result of pretraining depends on. */
export function pretrainContent(config: Config, fingerprint?: string): Record<string, unknown> {
  const targets = targetsOf(config.downstream);
  return {
    seed: config.seed,
    data: fingerprint === undefined ? config.data : { ...withoutPaths(config.data), fingerprint },
    // What downstream tells must not be seen before: another target is another pretraining.
    ...(targets.length > 0 && { targets }),
    encoder: config.encoder,
    pretext: config.pretext,
    train: resultKeys(config.train),
  };
}

/**
 * The hash of a pretraining whose settings were changed while it ran: its result is that of no config file, so no
 * other run may take it over.
 */
export function changedHash(hash: string, step: number, changes: unknown): string {
  return contentHash({ hash, step, changes });
}

function resultKeys(train: TrainConfig): Record<string, unknown> {
  const dropped: readonly string[] = [...incidental, ...unread[train.optimizer]];
  return Object.fromEntries(Object.entries(train).filter(([key]) => !dropped.includes(key)));
}
