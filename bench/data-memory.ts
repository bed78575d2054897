// Resident memory while epochs of generated PNGs are loaded: it must not grow with the number of files.
// Arguments: number of pictures (default 100000), side in pixels (default 32), epochs (default 1).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { randomAt } from '../server/random.ts';
import { openDataset } from '../server/training/data/open.ts';
import { parseViews } from '../server/views/recipe.ts';

const [count = 100_000, side = 32, epochs = 1] = process.argv.slice(2).map(Number);
const megabytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const report = (what: string) => console.log(`${what.padEnd(44)} RSS ${String(megabytes()).padStart(5)} MiB`);

const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-memory-'));
try {
  report('start');
  await generate();
  report(`${count} PNGs of ${side}x${side}x3 written`);
  let start = performance.now();
  const dataset = await openDataset({ images: folder, testFraction: 0.1 }, { seed: 0 });
  report(`opened in ${((performance.now() - start) / 1000).toFixed(1)} s: ${dataset.summary}`);
  const loader = dataset.loader({ seed: 0, views: parseViews({ crop: [0.2, 1], flip: true }) });
  const views = [
    { view: 0, augmented: true },
    { view: 1, augmented: true },
  ];
  const { train } = dataset.split;
  const batches = Math.floor(train.length / 256);
  const marks: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    start = performance.now();
    const order = randomAt(0, 'bench', epoch).permutation(train.length);
    const load = (batch: number) =>
      loader.load(
        order.slice(batch * 256, (batch + 1) * 256).map((i) => train[i]!),
        views,
        epoch,
      );
    let next = load(0);
    for (let batch = 0; batch < batches; batch++) {
      const now = next;
      if (batch + 1 < batches) next = load(batch + 1);
      await now;
      if (batch % Math.max(1, Math.floor(batches / 10)) === 0) {
        marks.push(megabytes());
        report(`epoch ${epoch}, ${(batch + 1) * 256} samples`);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    console.log(`epoch ${epoch}: ${Math.round((batches * 256) / seconds).toLocaleString('en')} samples/s`);
  }
  await loader.dispose();
  const second = marks[1] ?? marks[0]!;
  console.log(`growth from the first tenth to the end: ${marks.at(-1)! - second} MiB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A few hundred different pictures, written under many names: what counts is the number of files. */
async function generate(): Promise<void> {
  const random = randomAt(1, 'pictures');
  const encoded: Buffer[] = [];
  for (let i = 0; i < 256; i++) {
    const data = Buffer.from(Array.from({ length: side * side * 3 }, () => random.integer(256)));
    encoded.push(
      await sharp(data, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer(),
    );
  }
  for (let i = 0; i < count; i++) {
    const name = path.join(folder, `class${i % 10}`, String(Math.floor(i / 1000)), `${i}.png`);
    if (i % 1000 < 10) mkdirSync(path.dirname(name), { recursive: true });
    writeFileSync(name, encoded[i % encoded.length]!);
  }
}
