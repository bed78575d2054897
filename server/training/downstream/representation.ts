import { type Variant, variants } from '../../protocol/run.ts';
import type { Dataset, SampleLoader } from '../data/dataset.ts';
import type { Engine, Values } from '../engine/engine.ts';
import { initialValues } from '../engine/initialize.ts';
import { type Features, pickRows } from '../health/features.ts';
import type { EncoderModel } from './classifier.ts';
import { FeatureExtractor, representationModel } from './features.ts';
import { rawInputOf, readRaw } from './rawInput.ts';
import { type Labelled, readerOf } from './samples.ts';
import { measureScale, type Standardizer } from './standardize.ts';

/** What a trained encoder is judged with. */
export interface Judged {
  readonly engine: Engine;
  readonly model: EncoderModel;
  /** The pretrained encoder (further names are ignored). */
  readonly values: Values;
  readonly dataset: Pick<Dataset, 'targets' | 'labels' | 'classes' | 'boxes' | 'split' | 'rawInput'>;
  readonly loader: SampleLoader;
  readonly seed: number;
  /** Samples embedded at a time; default 256. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal | undefined;
  /** A line on what is being measured. */
  readonly onProgress?: (text: string) => void;
}

/** The variants that give features; `supervised` only exists fine-tuned. */
export const featureVariants = variants.filter((variant) => variant !== 'supervised');
export type FeatureVariant = Exclude<Variant, 'supervised'>;

/** Features of the labelled samples of both splits, as one variant sees them. */
export interface Representation {
  readonly variant: Variant;
  /** For protocols: "encoder output (128 values)". */
  readonly words: string;
  /** Statistics of the training split; no label was used. */
  readonly scale: Standardizer;
  /** Everything there is to learn from: features, and their positions in the labelled training set. */
  readonly all: { readonly features: Features; readonly positions: Int32Array };
  /** The labelled test set. */
  readonly test: { readonly features: Features; readonly labels: Int32Array };
  /** Features of chosen positions of the labelled training set. */
  take(positions: Int32Array): Promise<Features>;
}

/** Raw values kept in memory for one split: 256 MB. Larger data is thinned, and the protocol says so. */
const maxRawValues = 6.4e7;

export async function represent(
  variant: FeatureVariant,
  judged: Judged,
  train: Labelled,
  test: Labelled,
  rawLimit = maxRawValues,
): Promise<Representation> {
  judged.onProgress?.(`${variant}: reading ${train.indices.length + test.indices.length} samples`);
  if (variant === 'rawInput') return rawRepresentation(judged, train, test, rawLimit);
  const { engine, model, loader, batchSize, signal, seed } = judged;
  const extractor = await FeatureExtractor.create(
    engine,
    representationModel(model.encoder, model.sample, model.parameters),
    batchSize,
  );
  try {
    const values = variant === 'pretrained' ? judged.values : freshValues(model, seed);
    const read = readerOf(loader);
    const extract = async ({ indices }: Labelled): Promise<Features> =>
      (await extractor.extract(values, read, indices, { signal })).encoder!;
    const features = await extract(train);
    const name = variant === 'pretrained' ? 'encoder' : 'untrained encoder';
    return {
      variant,
      words: `${name} output (${features.size} values)`,
      scale: measureScale(features),
      all: { features, positions: train.indices.map((_, position) => position) },
      test: { features: await extract(test), labels: test.labels },
      take: async (positions) => pickRows(features, positions),
    };
  } finally {
    await extractor.dispose();
  }
}

/** The encoder as it is before any training: the start of a run with this seed. */
export function freshValues(model: EncoderModel, seed: number): Values {
  return Object.fromEntries(
    model.parameters.map((parameter) => [parameter.name, initialValues(parameter, seed)]),
  );
}

async function rawRepresentation(
  { model: { sample }, loader, dataset, signal }: Judged,
  train: Labelled,
  test: Labelled,
  rawLimit: number,
): Promise<Representation> {
  const raw = rawInputOf(dataset, sample, loader);
  const { words, size } = raw;
  const kept = (count: number): Int32Array => {
    const most = Math.min(count, Math.max(Math.floor(rawLimit / size), 1));
    return Int32Array.from({ length: most }, (_, i) => Math.floor((i * count) / most));
  };
  const load = (from: Labelled, positions: Int32Array) =>
    readRaw(
      raw,
      positions.map((position) => from.indices[position]!),
      signal,
    );
  const positions = kept(train.indices.length);
  const testPositions = kept(test.indices.length);
  const features = await load(train, positions);
  const complete = positions.length === train.indices.length;
  const thinned =
    complete && testPositions.length === test.indices.length
      ? ''
      : `, thinned to ${positions.length} training and ${testPositions.length} test samples`;
  return {
    variant: 'rawInput',
    words: `${words} (${size} values${thinned})`,
    scale: measureScale(features),
    all: { features, positions },
    test: {
      features: await load(test, testPositions),
      labels: testPositions.map((position) => test.labels[position]!),
    },
    take: async (wanted) => (complete ? pickRows(features, wanted) : load(train, wanted)),
  };
}
