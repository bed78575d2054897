import type * as z from 'zod';
import type { SampleShape } from '../../encoders/encoder.ts';
import type { Modality } from '../../protocol/data.ts';
import type { DataFacts } from '../../protocol/trainer.ts';
import type { Findings } from '../findings.ts';
import type { KeyPath } from '../problem.ts';
import type { Solution } from '../repairs.ts';
import type { Config } from '../schema.ts';

/** A key of the data section that names a file or folder. */
export interface DataPathKey {
  /** Below `data`. */
  readonly path: KeyPath;
  readonly holds: 'file' | 'either';
  /** Names of the files that may stand there. */
  readonly files: RegExp;
}

/** One kind of data that a config may name: everything that the config language knows about it. One file each. */
export interface DataKind<Schema extends z.ZodObject = z.ZodObject> {
  /** The key below `data` that holds the path of the samples. */
  readonly key: string;
  readonly modality: Modality;
  /** What a sample is called: one, and many. */
  readonly words: readonly [one: string, many: string];
  readonly schema: Schema;
  readonly pathKeys: readonly DataPathKey[];
  /** The key that says where the labels are. */
  readonly labelKey: 'label' | 'labels';
  /** What to do where labels are missing: an imperative with the key. */
  readonly labelFix: string;
  /** Settings each of which lets the data have labels. */
  readonly labelSolutions: readonly Solution[];
  /** What the section says that means "no labels"; undefined where labels are possible. */
  unlabelled(data: z.output<Schema>): string | undefined;
  /** The sample's shape where the config alone fixes its size; channels do not matter to any check. */
  shape(data: z.output<Schema>): SampleShape | undefined;
  /** A shape that fits most encoders, for questions whose answer does not depend on it. */
  typical(data: z.output<Schema>): SampleShape;
  /** Checks of the config against what the data turned out to be, beyond those that all kinds share. */
  lint?(
    data: z.output<Schema>,
    config: Pick<Config, 'pretext' | 'downstream'>,
    findings: Findings,
    facts: DataFacts,
  ): void;
}

/** Keeps the option types of one kind checked while the registry sees them all alike. */
export function defineDataKind<Schema extends z.ZodObject>(kind: DataKind<Schema>): DataKind {
  return kind as unknown as DataKind;
}
