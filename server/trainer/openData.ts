import { kindOf } from '../config/data/registry.ts';
import { dataStamp } from '../config/dataStamp.ts';
import { targetsOf, tasksOf } from '../config/downstream/tasks.ts';
import type { Config } from '../config/schema.ts';
import type { DataFacts } from '../protocol/trainer.ts';
import type { BoxAnnotations } from '../training/data/boxes/boxes.ts';
import type { SampleLoader, SkippedSample, Split } from '../training/data/dataset.ts';
import { openDataset } from '../training/data/open.ts';
import { type OpenedDataset, type OpenedText, tableRows } from '../training/data/opened.ts';
import type { TargetColumn } from '../training/data/options.ts';
import type { Recipe } from '../views/recipe.ts';
import type { TableRows } from './model.ts';

export interface OpenData {
  readonly dataset: OpenedDataset;
  readonly loader: SampleLoader;
  /** Tables: the encoded training rows. */
  readonly rows?: TableRows;
}

/** The data opened last: `inspect` and `train`, or many previews, ask for the same data one after the other. */
let latest: { readonly key: string; readonly dataset: Promise<OpenedDataset> } | undefined;

export function openDatasetOnce(config: Config): Promise<OpenedDataset> {
  const targets = targetColumns(config);
  const key = JSON.stringify([config.data, targets, config.seed, dataStamp(config.data)]);
  if (latest?.key !== key) {
    latest?.dataset.then(
      (opened) => opened.close(),
      () => {}, // was reported when it was opened
    );
    const dataset = openDataset({ ...config.data, targets }, { seed: config.seed });
    latest = { key, dataset };
    dataset.catch(() => {
      if (latest?.key === key) latest = undefined;
    });
  }
  return latest!.dataset;
}

/** Each column that regression tells, with the first key that names it. */
function targetColumns({ downstream }: Config): TargetColumn[] {
  const tasks = tasksOf(downstream, 'regression');
  return targetsOf(downstream).map((column) => {
    const { index } = tasks.find(({ config }) => config.target === column)!;
    return { column, key: ['downstream', index, 'target'] };
  });
}

/** Opens the data of a config and the workers that read it. */
export async function openData(
  config: Config,
  options: { readonly workers?: number; readonly onSkipped?: (sample: SkippedSample) => void } = {},
): Promise<OpenData> {
  const dataset = await openDatasetOnce(config);
  const views = config.pretext.views as Recipe | undefined;
  const loader = dataset.loader({
    seed: config.seed,
    ...(views && { views }),
    ...options,
  });
  const rows = dataset.kind === 'table' ? tableRows(dataset, dataset.split.train) : undefined;
  return { dataset, loader, ...(rows && { rows }) };
}

/** What `selfsup check` compares a config with. */
export async function inspectData(config: Config): Promise<DataFacts> {
  const dataset = await openDatasetOnce(config);
  const {
    split,
    labels,
    classes,
    boxes,
    targets,
    sample,
    count,
    skipped,
    fingerprint,
    summary,
    columns,
    notes,
    recordings,
  } = dataset;
  const known = labels && split.train.filter((position) => labels[position]! >= 0);
  return {
    modality: kindOf(config.data).modality,
    shape: sample.shape,
    count,
    train: split.train.length,
    test: split.test.length,
    ...(classes && { classes }),
    ...(classes &&
      known && {
        trainPerClass: classes.map((_, label) =>
          known.reduce((n, position) => n + (labels[position] === label ? 1 : 0), 0),
        ),
      }),
    ...(boxes && { boxes: boxFacts(boxes, split) }),
    unlabelled: known ? split.train.length - known.length : split.train.length,
    ...(targets && {
      targets: Object.entries(targets).map(([column, values]) => ({
        column,
        train: knownAt(values, split.train),
        test: knownAt(values, split.test),
      })),
    }),
    ...(recordings && { recordings }),
    ...(columns && { columns: columns.map(({ name, kind }) => ({ name, kind })) }),
    ...(dataset.kind === 'text' && { text: textFacts(dataset) }),
    skipped,
    ...(notes.length > 0 && { notes }),
    fingerprint,
    summary,
  };
}

function boxFacts(
  { categories, of }: BoxAnnotations,
  { train, test }: Split,
): NonNullable<DataFacts['boxes']> {
  const annotated = (positions: Int32Array): number =>
    positions.reduce((n, position) => n + (of(position) === undefined ? 0 : 1), 0);
  const objects = [...train, ...test].reduce((n, position) => n + (of(position)?.length ?? 0), 0);
  return { categories, train: annotated(train), test: annotated(test), objects };
}

function knownAt(values: Float64Array, positions: Int32Array): number {
  return positions.reduce((count, position) => count + (Number.isNaN(values[position]) ? 0 : 1), 0);
}

function textFacts({ lengths, sample, tokenizer }: OpenedText): NonNullable<DataFacts['text']> {
  const { longest, usual } = lengths;
  return { vocabulary: tokenizer.vocabulary, longest, usual, cut: lengths.cut(sample.shape[0]!) };
}
