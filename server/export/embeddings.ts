import { endianness } from 'node:os';
import type { AtomicFile } from './atomicFile.ts';
import { writingFiles } from './atomicFile.ts';

/** Feature vectors of some samples, row by row, and what each row stands for. */
export interface EmbeddingBatch {
  /** [samples.length, size] */
  readonly features: Float32Array;
  readonly samples: readonly EmbeddedSample[];
}

export interface EmbeddedSample {
  readonly name: string;
  /** The class by name; undefined where it is unknown. */
  readonly label?: string | undefined;
  readonly split: string;
}

export interface EmbeddingsOptions {
  readonly format: 'npy' | 'csv';
  /** Number of samples, known beforehand because an NPY file starts with it. */
  readonly count: number;
  /** Length of a feature vector. */
  readonly size: number;
}

/**
 * Writes feature vectors as they come; memory holds one batch. `csv`: `<base>.csv` with the columns name, label, split, f0, f1 ...
 * `npy`: `<base>.npy` (float32 [count, size]) and `<base>.csv` with name, label and split of each row.
 * The files appear when they are complete; on an error none is left behind.
 * @param base path without extension
 * @returns the files
 * @throws Error when the batches do not add up to `count` rows of `size`; DiskError when the disk is full
 */
export async function writeEmbeddings(
  base: string,
  options: EmbeddingsOptions,
  batches: AsyncIterable<EmbeddingBatch> | Iterable<EmbeddingBatch>,
): Promise<string[]> {
  const { format, count, size } = options;
  const files = format === 'npy' ? [`${base}.npy`, `${base}.csv`] : [`${base}.csv`];
  await writingFiles(files, async (...opened) => {
    const table = opened.at(-1)!;
    const matrix = format === 'npy' ? opened[0]! : undefined;
    const columns = matrix ? [] : Array.from({ length: size }, (_, i) => `f${i}`);
    await table.write(csvLine(['name', 'label', 'split', ...columns]));
    await matrix?.write(npyHeader([count, size]));
    let rows = 0;
    for await (const batch of batches) {
      if (batch.features.length !== batch.samples.length * size)
        throw new Error(
          `Embeddings: ${batch.features.length} values for ${batch.samples.length} samples of ${size} features.`,
        );
      rows += batch.samples.length;
      if (matrix) await writeFloats(matrix, batch.features);
      await table.write(csvRows(batch, matrix ? 0 : size));
    }
    if (rows !== count) throw new Error(`Embeddings: ${rows} samples came, ${count} were announced.`);
  });
  return files;
}

async function writeFloats(file: AtomicFile, values: Float32Array): Promise<void> {
  await file.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function csvRows({ features, samples }: EmbeddingBatch, columns: number): string {
  return samples
    .map(({ name, label = '', split }, row) => {
      const values = features.subarray(row * columns, (row + 1) * columns);
      // 9 digits are enough to read the same float32 back.
      return csvLine([name, label, split, ...Array.from(values, (value) => String(+value.toPrecision(9)))]);
    })
    .join('');
}

/** One line as in RFC 4180, but with a bare newline. */
function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

/**
 * The start of an NPY file of version 1.0 with float32 values in C order, as long as a multiple of 64 bytes.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const order = endianness() === 'LE' ? '<' : '>';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', 10 + length - 1);
  return header;
}
