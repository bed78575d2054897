// A small world for the tests of fine-tuning: three classes of points, read from memory.
import { mlp } from '../../../server/encoders/mlp.ts';
import { Scope } from '../../../server/nn/parameters.ts';
import { randomAt } from '../../../server/random.ts';
import type { SampleLoader } from '../../../server/training/data/dataset.ts';
import type { EncoderModel } from '../../../server/training/downstream/classifier.ts';
import type { Labelled } from '../../../server/training/downstream/samples.ts';

export const width = 6;
export const classes = 3;

export interface Toy {
  readonly values: Float32Array;
  readonly labels: Int32Array;
  readonly loader: SampleLoader;
  /** How often a view was asked for. */
  readonly asked: { plain: number; augmented: number };
}

/** Clusters around three corners, with noise of the given size; augmented views add more of it. */
export function toyData(count: number, noise = 0.3, seed = 1): Toy {
  const random = randomAt(seed, 'toy');
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const values = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) {
      values[i * width + k] = (k % classes === labels[i] ? 1.5 : 0) + noise * random.normal();
    }
  }
  const asked = { plain: 0, augmented: 0 };
  const loader: SampleLoader = {
    async load(indices, views, epoch) {
      return views.map(({ augmented }) => {
        if (augmented) asked.augmented++;
        else asked.plain++;
        const out = new Float32Array(indices.length * width);
        indices.forEach((index, row) => {
          const shake = randomAt(0, 'shake', epoch, index);
          for (let k = 0; k < width; k++) {
            out[row * width + k] = values[index * width + k]! + (augmented ? 0.1 * shake.normal() : 0);
          }
        });
        return out;
      });
    },
    dispose: async () => {},
  };
  return { values, labels, loader, asked };
}

export function toyEncoder(norm: 'none' | 'batch' = 'none'): EncoderModel {
  const scope = new Scope();
  const sample = { modality: 'table', shape: [width] } as const;
  const options = { hidden: [12, 8], activation: 'relu', norm };
  const encoder = mlp.build(scope.child('encoder'), sample, options);
  return { encoder, parameters: scope.parameters, sample };
}

export function labelled(toy: Toy, from: number, to: number): Labelled {
  const indices = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return { indices, labels: indices.map((index) => toy.labels[index]!) };
}
