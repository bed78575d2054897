// Samples per second of the data pipeline: the views alone on one core, and the whole loader.
// Bundle with the options of scripts/build.mjs after `npm run build`, then run with Node.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomAt } from '../server/random.ts';
import { defaultWorkers } from '../server/training/data/loader.ts';
import { openDataset } from '../server/training/data/open.ts';
import { ViewRenderer, viewRandom } from '../server/views/pipeline.ts';
import { parseViews } from '../server/views/recipe.ts';

const recipes = {
  'crop, rotate, noise': { crop: [0.6, 1], rotate: 15, noise: 0.1 },
  'crop, flip, rotate, jitter, noise, cutout': {
    crop: [0.6, 1],
    flip: true,
    rotate: 15,
    colorJitter: 0.5,
    noise: 0.1,
    cutout: 0.25,
  },
  'crop, flip, jitter, grey, blur (SimCLR)': {
    crop: [0.2, 1],
    flip: true,
    colorJitter: 0.5,
    gray: 0.2,
    blur: [0.1, 2],
  },
} as const;
const shapes = [
  [28, 28, 1],
  [32, 32, 3],
  [64, 64, 3],
] as const;

function bytes(count: number): Uint8Array {
  const random = randomAt(0, 'bench');
  return Uint8Array.from({ length: count }, () => random.integer(256));
}

console.log('Two views of a sample, one core, without loader:');
for (const [name, views] of Object.entries(recipes)) {
  for (const [height, width, channels] of shapes) {
    const renderer = new ViewRenderer(parseViews(views), [height, width], channels);
    const image = { height, width, channels, data: bytes(height * width * channels) };
    const measure = (seconds: number) => {
      const start = performance.now();
      let count = 0;
      for (; performance.now() - start < seconds * 1000; count++)
        for (let view = 0; view < 2; view++) renderer.render(image, viewRandom(0, view, 0, count));
      return (count / (performance.now() - start)) * 1000;
    };
    measure(0.3);
    const rates = [measure(0.5), measure(0.5), measure(0.5)].sort((a, b) => a - b);
    console.log(
      `  ${height}x${width}x${channels}  ${Math.round(rates[1]!).toLocaleString('en').padStart(8)} samples/s  ${name}`,
    );
  }
}

console.log('Whole loader, 28x28x1, batch 256, two augmented views (crop, rotate, noise), IDX in memory:');
const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-bench-'));
try {
  const count = 4096;
  const header = Buffer.from([0, 0, 8, 3, 0, 0, count >> 8, count & 255, 0, 0, 0, 28, 0, 0, 0, 28]);
  const images = path.join(folder, 'images');
  writeFileSync(images, Buffer.concat([header, bytes(count * 784)]));
  const dataset = await openDataset({ images, testFraction: 0 }, { seed: 0 });
  const both = [
    { view: 0, augmented: true },
    { view: 1, augmented: true },
  ];
  for (const workers of [...new Set([0, 1, defaultWorkers()])]) {
    const loader = dataset.loader({
      seed: 0,
      views: parseViews(recipes['crop, rotate, noise']),
      workers,
    });
    const epoch = async (number: number) => {
      let next = loader.load(dataset.split.train.slice(0, 256), both, number);
      for (let at = 256; at <= count; at += 256) {
        const now = next;
        if (at < count) next = loader.load(dataset.split.train.slice(at, at + 256), both, number);
        await now;
      }
    };
    await epoch(0);
    const start = performance.now();
    for (let number = 1; number <= 5; number++) await epoch(number);
    const rate = (5 * count) / ((performance.now() - start) / 1000);
    console.log(`  ${workers} worker(s)  ${Math.round(rate).toLocaleString('en').padStart(8)} samples/s`);
    await loader.dispose();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
