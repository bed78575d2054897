import type { Config } from '../config/schema.ts';
import type { TrainerEvent } from '../protocol/run.ts';
import type { RunWriter } from '../runFolder/runFolder.ts';
import type { TaskControl } from '../training/connection.ts';
import type { SampleLoader } from '../training/data/dataset.ts';
import type { OpenedDataset } from '../training/data/opened.ts';
import type { Engine } from '../training/engine/engine.ts';
import type { Model } from './model.ts';

/** What every stage of a run works with. */
export interface RunContext {
  readonly config: Config;
  readonly dataset: OpenedDataset;
  readonly loader: SampleLoader;
  readonly engine: Engine;
  readonly model: Model;
  readonly run: RunWriter;
  readonly control: TaskControl;
  /** Written to the run folder where it belongs there, then reported. */
  emit(event: TrainerEvent): void;
}
