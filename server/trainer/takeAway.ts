import path from 'node:path';
import { type EmbeddingBatch, writeEmbeddings } from '../export/embeddings.ts';
import type { TrainedEncoder } from '../export/encoderFacts.ts';
import { exportOnnx } from '../export/onnxEncoder.ts';
import { writeEncoderSafetensors } from '../export/safetensorsEncoder.ts';
import { writeFileAtomic } from '../runFolder/atomic.ts';
import { FeatureExtractor, representationModel } from '../training/downstream/features.ts';
import { readerOf } from '../training/downstream/samples.ts';
import type { Values } from '../training/engine/engine.ts';
import type { RunContext } from './context.ts';

type Embedded = Pick<RunContext, 'config' | 'dataset' | 'loader' | 'engine' | 'model' | 'control'>;

function trainedEncoder({ config, dataset, model, run }: RunContext, values: Values): TrainedEncoder {
  const { sample, mean, std, recipe, columns, classes } = dataset;
  return {
    encoder: model.encoder,
    parameters: model.encoderParameters,
    values,
    facts: {
      sample,
      ...(mean.length > 0 && { normalization: { mean, std } }),
      ...(recipe && { recipe }),
      ...(columns && { columns }),
      ...(classes && { classes }),
    },
    config: config.encoder,
    name: run.record.name,
    hash: run.record.hashes.pretrain,
    version: run.record.selfsup,
  };
}

/** Writes the encoder as `encoder.onnx` and `encoder.safetensors` into a folder that exists. */
export async function exportEncoder(
  context: RunContext,
  values: Values,
  formats: readonly ('onnx' | 'safetensors')[],
  folder: string,
): Promise<string[]> {
  const trained = trainedEncoder(context, values);
  const files: string[] = [];
  const { dataset } = context;
  if (dataset.kind === 'text' && dataset.tokenizer.file !== 'bytes') {
    const file = path.join(folder, 'tokenizer.json');
    writeFileAtomic(file, JSON.stringify(dataset.tokenizer.file));
    files.push(file);
  }
  if (formats.includes('onnx')) {
    const { bytes, note } = await exportOnnx(trained, context.engine);
    const file = path.join(folder, 'encoder.onnx');
    writeFileAtomic(file, bytes);
    files.push(file);
    if (note) context.emit({ event: 'log', level: 'warning', text: note });
  }
  if (formats.includes('safetensors')) {
    const file = path.join(folder, 'encoder.safetensors');
    await writeEncoderSafetensors(file, trained);
    files.push(file);
  }
  return files;
}

/** Samples embedded between two writes: what bounds the memory. */
const samplesPerPiece = 4096;

/** Writes the features of every sample, training samples first. */
export async function embedSamples(
  { dataset, loader, engine, model, control }: Embedded,
  values: Values,
  format: 'npy' | 'csv',
  folder: string,
): Promise<{ files: string[]; count: number; size: number }> {
  const { split, labels, classes } = dataset;
  const representation = representationModel(model.encoder, dataset.sample, model.encoderParameters);
  const extractor = await FeatureExtractor.create(engine, representation);
  const read = readerOf(loader);
  const { signal } = control;
  async function* batches(): AsyncGenerator<EmbeddingBatch> {
    for (const [name, positions] of Object.entries({ train: split.train, test: split.test })) {
      for (let start = 0; start < positions.length; start += samplesPerPiece) {
        const indices = positions.slice(start, start + samplesPerPiece);
        const { encoder } = await extractor.extract(values, read, indices, { signal });
        const samples = Array.from(indices, (index) => ({
          name: dataset.name(index),
          label: classes?.[labels?.[index] ?? -1],
          split: name,
        }));
        yield { features: encoder!.values, samples };
      }
    }
  }
  try {
    const count = split.train.length + split.test.length;
    const { size } = model.encoder;
    const files = await writeEmbeddings(path.join(folder, 'embeddings'), { format, count, size }, batches());
    return { files, count, size };
  } finally {
    await extractor.dispose();
  }
}
