// Composes handwritten digits on textures: grey scenes as PNG, their boxes as COCO JSON. Scenes for training and for
// testing share no digit. Equal arguments give equal files.
//
//   node examples/detection/make-scenes.mjs [--train 2000] [--test 400] [--size 64] [--seed 0] [--out scenes]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    train: { type: 'string', default: '2000' },
    test: { type: 'string', default: '400' },
    size: { type: 'string', default: '64' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: path.join(here, 'scenes') },
  },
});
const size = Number(values.size);
/** Side of a digit in digits.png, where every class has 5 rows of 100. */
const tile = 20;
const perRow = 100;
const perClass = 500;
/** The last of each class are for testing. */
const forTraining = 400;

/** Uniform in [0, 1): xorshift (Marsaglia 2003, https://doi.org/10.18637/jss.v008.i14). */
function generator(seed) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5eed) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) next(); // neighbouring seeds start alike
  return next;
}

const digits = await sharp(path.join(here, 'data', 'digits.png')).greyscale().raw().toBuffer();

/** Ink of a digit at a place in its tile, 0..1, bilinear; 0 outside. */
function ink(category, index, x, y) {
  const left = (index % perRow) * tile;
  const top = (category * 5 + Math.floor(index / perRow)) * tile;
  const at = (u, v) =>
    u < 0 || v < 0 || u >= tile || v >= tile ? 0 : digits[(top + v) * perRow * tile + left + u] / 255;
  const [u, v] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - u, y - v];
  return (
    (at(u, v) * (1 - fx) + at(u + 1, v) * fx) * (1 - fy) +
    (at(u, v + 1) * (1 - fx) + at(u + 1, v + 1) * fx) * fy
  );
}

/** Clouds, a slope, stripes and grain: grey values around one level. */
function texture(random) {
  const between = (low, high) => low + (high - low) * random();
  const level = between(70, 185);
  const cells = 3 + Math.floor(random() * 6);
  const clouds = Array.from({ length: (cells + 1) ** 2 }, () => between(-1, 1));
  const cloudiness = between(5, 30);
  const angle = between(0, Math.PI);
  const slope = between(-25, 25);
  const stripes = random() < 0.6 ? between(3, 12) : 0;
  const period = between(5, 20);
  const grain = between(2, 8);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    const [cx, cy] = [(x / size) * cells, (y / size) * cells];
    const [u, v] = [Math.floor(cx), Math.floor(cy)];
    const [fx, fy] = [cx - u, cy - v];
    const cloud = (a, b) => clouds[(v + b) * (cells + 1) + u + a];
    const soft =
      (cloud(0, 0) * (1 - fx) + cloud(1, 0) * fx) * (1 - fy) + (cloud(0, 1) * (1 - fx) + cloud(1, 1) * fx) * fy;
    const along = (x * cos + y * sin) / period;
    const across = ((y * cos - x * sin) / size) * slope;
    return level + cloudiness * soft + across + stripes * Math.sin(2 * Math.PI * along) + grain * between(-1, 1);
  });
}

/** How far a digit covers each pixel, and the box around it; undefined where it reaches beyond the scene. */
function placeDigit(category, index, random) {
  const side = 24 + 10 * random();
  const angle = ((random() - 0.5) * 16 * Math.PI) / 180;
  const [cx, cy] = [random() * size, random() * size];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const cover = new Float32Array(size * size);
  let [left, top, right, bottom] = [size, size, -1, -1];
  const reach = Math.ceil(side * 0.75);
  for (let y = Math.floor(cy) - reach; y <= cy + reach; y++) {
    for (let x = Math.floor(cx) - reach; x <= cx + reach; x++) {
      const [dx, dy] = [((x + 0.5 - cx) * tile) / side, ((y + 0.5 - cy) * tile) / side];
      const value = ink(category, index, dx * cos + dy * sin + tile / 2 - 0.5, dy * cos - dx * sin + tile / 2 - 0.5);
      if (value > 0.3) {
        if (x < 0 || y < 0 || x >= size || y >= size) return undefined;
        [left, top] = [Math.min(left, x), Math.min(top, y)];
        [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
      }
      if (x >= 0 && y >= 0 && x < size && y < size) cover[y * size + x] = value;
    }
  }
  return right < 0 ? undefined : { category, cover, box: [left, top, right + 1 - left, bottom + 1 - top] };
}

function share([ax, ay, aw, ah], [bx, by, bw, bh]) {
  const width = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const height = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  return width <= 0 || height <= 0 ? 0 : (width * height) / Math.min(aw * ah, bw * bh);
}

/** 1 to 4 digits, hardly overlapping, lighter or darker than what they lie on. */
function scene(random, first, count) {
  const pixels = texture(random);
  const objects = [];
  const wanted = 1 + Math.floor(random() * 4);
  for (let attempt = 0; attempt < 40 && objects.length < wanted; attempt++) {
    const category = Math.floor(random() * 10);
    const object = placeDigit(category, first + Math.floor(random() * count), random);
    if (object === undefined || objects.some(({ box }) => share(box, object.box) > 0.1)) continue;
    objects.push(object);
    const covered = object.cover.reduce((sum, value) => sum + value, 0);
    const around = object.cover.reduce((sum, value, i) => sum + value * pixels[i], 0) / covered;
    const contrast = 90 + 60 * random();
    const colour = around + (around > 128 ? -contrast : contrast);
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = pixels[i] * (1 - object.cover[i]) + colour * object.cover[i];
  }
  return { pixels: Uint8Array.from(pixels, (value) => Math.min(255, Math.max(0, Math.round(value)))), objects };
}

async function write(split, scenes, first, count, seed) {
  const folder = path.join(values.out, split);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const random = generator(seed);
  const images = [];
  const annotations = [];
  for (let id = 1; id <= scenes; id++) {
    const { pixels, objects } = scene(random, first, count);
    const name = `${String(id).padStart(5, '0')}.png`;
    await sharp(pixels, { raw: { width: size, height: size, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(path.join(folder, name));
    images.push({ id, file_name: name, width: size, height: size });
    for (const { category, box } of objects)
      annotations.push({
        id: annotations.length + 1,
        image_id: id,
        category_id: category + 1,
        bbox: box,
        area: box[2] * box[3],
        iscrowd: 0,
      });
  }
  const categories = Array.from({ length: 10 }, (_, digit) => ({ id: digit + 1, name: String(digit) }));
  writeFileSync(path.join(values.out, `${split}.json`), JSON.stringify({ images, annotations, categories }));
  console.log(`${folder}: ${scenes} scenes, ${annotations.length} digits`);
}

const seed = Number(values.seed);
await write('train', Number(values.train), 0, forTraining, 2 * seed);
await write('test', Number(values.test), forTraining, perClass - forTraining, 2 * seed + 1);
