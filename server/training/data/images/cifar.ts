import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DataError } from '../errors.ts';
import { fileFingerprint, hashOf } from '../fingerprint.ts';
import { memoryLimit, openStorage, StorageReader } from '../storage.ts';
import { ArraySource } from './arraySource.ts';
import type { OpenedImages, Segment } from './source.ts';

const pixels = 32 * 32 * 3;

/** CIFAR-10: one label byte. CIFAR-100: a coarse and a fine one; the fine one counts. */
const kinds = [
  { format: 'CIFAR-10', labelBytes: 1, classes: 10, names: 'batches.meta.txt' },
  { format: 'CIFAR-100', labelBytes: 2, classes: 100, names: 'fine_label_names.txt' },
] as const;

/** Opens binary CIFAR files (https://www.cs.toronto.edu/~kriz/cifar.html), in the order given. */
export async function openCifar(files: readonly string[]): Promise<OpenedImages> {
  const kind = kinds.find(({ labelBytes }) =>
    files.every((file) => statSync(file).size > 0 && statSync(file).size % (pixels + labelBytes) === 0),
  );
  if (kind === undefined) {
    const odd = files.find((file) => statSync(file).size % (pixels + 1) !== 0) ?? files[0]!;
    throw new DataError({
      key: ['data', 'images'],
      where: odd,
      found: `${statSync(odd).size.toLocaleString('en')} bytes`,
      expected: `a multiple of ${pixels + 1} (CIFAR-10) or ${pixels + 2} (CIFAR-100) bytes`,
      fix: 'It is not a binary CIFAR file, or it is cut off: copy it again.',
    });
  }
  const stride = pixels + kind.labelBytes;
  const segments: Segment[] = [];
  const labels: string[] = [];
  const names = classNames(path.join(path.dirname(files[0]!), kind.names));
  // The limit is for all together: many files, each of them small enough, would fill the memory.
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
  for (const file of files) {
    const storage = await openStorage(file, total > memoryLimit ? 0 : memoryLimit);
    const count = statSync(file).size / stride;
    segments.push({ storage, start: kind.labelBytes, stride, count });
    const reader = new StorageReader(storage);
    const label = new Uint8Array(1);
    for (let i = 0; i < count; i++) {
      reader.read(label, i * stride + kind.labelBytes - 1);
      const value = label[0]!;
      if (value >= kind.classes)
        throw new DataError({
          key: ['data', 'images'],
          where: `${file}: image ${i}`,
          found: `label ${value}`,
          expected: `0..${kind.classes - 1}`,
          fix: 'It is not a binary CIFAR file: name one, or the folder that holds them.',
        });
      labels.push(names[value] ?? String(value));
    }
    reader.close();
  }
  const source = new ArraySource({
    kind: 'array',
    format: kind.format,
    type: 'uint8',
    littleEndian: true,
    shape: [32, 32, 3],
    layout: 'CHW',
    scale: 1 / 255,
    offset: 0,
    segments,
  });
  return { source, labels, skipped: [], fingerprint: hashOf(files.map(fileFingerprint)) };
}

function classNames(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '');
}
