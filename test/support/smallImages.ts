import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomAt } from '../../server/random.ts';

/**
 * Writes an IDX data set of small grey pictures in two classes, horizontal and vertical stripes with noise: enough
 * structure for every method to have something to learn, in milliseconds.
 */
export function writeStripes(folder: string, count: number, side = 12): { images: string; labels: string } {
  const random = randomAt(7, 'stripes');
  const pixels = Buffer.alloc(16 + count * side * side);
  pixels.writeUInt32BE(0x803, 0);
  for (const [i, size] of [count, side, side].entries()) pixels.writeUInt32BE(size, 4 + 4 * i);
  const labels = Buffer.alloc(8 + count);
  labels.writeUInt32BE(0x801, 0);
  labels.writeUInt32BE(count, 4);
  for (let i = 0; i < count; i++) {
    const label = i % 2;
    const phase = random.integer(4);
    labels[8 + i] = label;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const lit = ((label === 0 ? y : x) + phase) % 4 < 2;
        pixels[16 + (i * side + y) * side + x] = Math.round((lit ? 180 : 40) + random.between(-30, 30));
      }
    }
  }
  const images = path.join(folder, 'stripes-images-idx3-ubyte');
  const labelFile = path.join(folder, 'stripes-labels-idx1-ubyte');
  writeFileSync(images, pixels);
  writeFileSync(labelFile, labels);
  return { images, labels: labelFile };
}
