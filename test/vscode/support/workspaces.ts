import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';
import { packageRoot } from '../../../server/packageRoot.ts';

const examples = (): string => path.join(packageRoot(), 'examples', 'digits', 'data');
const images = 'digits-images-idx3-ubyte.gz';
const labels = 'digits-labels-idx1-ubyte.gz';

/** What a test wants to say about its run; the rest is as small as it gets. */
export interface DigitsConfig {
  readonly epochs: number;
  readonly learningRate?: number;
  /** Widths of the encoder's layers. */
  readonly hidden?: string;
  readonly downstream?: string;
  readonly evaluate?: string;
}

/** A config over the 1,797 handwritten digits of the examples; some milliseconds an epoch. */
export function digitsConfig({
  epochs,
  learningRate = 1e-3,
  hidden,
  downstream,
  evaluate,
}: DigitsConfig): string {
  return `data:
  images: data/${images}
  labels: data/${labels}
encoder: { type: mlp, hidden: ${hidden ?? '[64, 32]'} }
pretext: { method: autoencoder }
train:
  epochs: ${epochs}
  batchSize: 64
  learningRate: ${learningRate}
  schedule: constant
  device: cpu
  threads: 1
  checkpointEvery: 1
evaluate: ${evaluate ?? '{ every: 50, samples: 200 }'}
${downstream === undefined ? '' : `downstream: ${downstream}\n`}export: { onnx: false, safetensors: false }
`;
}

/** A workspace with the digits and one config, whose path is returned. */
export function digitsWorkspace(folder: string, config: DigitsConfig): string {
  cpSync(examples(), path.join(folder, 'data'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{}\n'); // the runs lie beside it
  const file = path.join(folder, 'digits.selfsup.yaml');
  writeFileSync(file, digitsConfig(config));
  return file;
}

/** Digits as people have pictures: PNG files, one folder a class. */
export async function digitPictures(folder: string, perClass: number): Promise<void> {
  const pixels = gunzipSync(readFileSync(path.join(examples(), images))).subarray(16);
  const classes = gunzipSync(readFileSync(path.join(examples(), labels))).subarray(8);
  const written = new Map<number, number>();
  for (const [index, label] of classes.entries()) {
    const count = written.get(label) ?? 0;
    if (count === perClass) continue;
    written.set(label, count + 1);
    const file = path.join(folder, String(label), `${index}.png`);
    mkdirSync(path.dirname(file), { recursive: true });
    const raw = { width: 8, height: 8, channels: 1 } as const;
    await sharp(pixels.subarray(index * 64, index * 64 + 64), { raw })
      .toColourspace('b-w')
      .png()
      .toFile(file);
  }
}
