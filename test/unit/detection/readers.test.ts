import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readCoco } from '../../../server/training/data/boxes/coco.ts';
import { jsonElements } from '../../../server/training/data/boxes/jsonElements.ts';
import { openBoxes, type Pictures } from '../../../server/training/data/boxes/openBoxes.ts';
import { placeBoxes } from '../../../server/training/data/boxes/place.ts';
import { readVoc } from '../../../server/training/data/boxes/voc.ts';
import { DataError } from '../../../server/training/data/errors.ts';

const key = ['data', 'boxes'];
const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-boxes-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let written = 0;

function write(text: string, name = `${written++}.json`): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** Pictures of 100 x 50 pixels. */
function pictures(...names: string[]): Pictures {
  return { count: names.length, name: (i) => names[i]!, size: async () => ({ height: 50, width: 100 }) };
}

const coco = {
  info: { description: 'a "text" with } and \\ in it', list: [1, [2, 3]] },
  images: [
    { id: 7, file_name: 'a.png', width: 100, height: 50 },
    { id: 8, file_name: 'b.png', width: 100, height: 50 },
  ],
  annotations: [
    { id: 1, image_id: 7, category_id: 3, bbox: [10, 5, 20, 10], area: 150, segmentation: [[1, 2, 3, 4]] },
    { id: 2, image_id: 7, category_id: 2, bbox: [0, 0, 50, 50], iscrowd: 1 },
  ],
  categories: [
    { id: 3, name: 'cat' },
    { id: 2, name: 'dog' },
  ],
  license: 'free',
};

const elementsOf = async (file: string): Promise<unknown[]> => {
  const found: unknown[] = [];
  for await (const { list, value } of jsonElements(file)) found.push([list, value]);
  return found;
};

test('entries of the lists of a JSON object, however it is written', async () => {
  const expected = [
    ...coco.images.map((value) => ['images', value]),
    ...coco.annotations.map((value) => ['annotations', value]),
    ...coco.categories.map((value) => ['categories', value]),
  ];
  for (const indent of [0, 1, 4])
    assert.deepEqual(await elementsOf(write(JSON.stringify(coco, undefined, indent))), expected);
  assert.deepEqual(await elementsOf(write('{"a": [1, "x,]", null, [] ], "b": [], "c": 5}')), [
    ['a', 1],
    ['a', 'x,]'],
    ['a', null],
    ['a', []],
  ]);
});

test('entries that lie across the pieces that a file is read in', async () => {
  const annotations = Array.from({ length: 30_000 }, (_, id) => ({ id, text: `é "${id}" `.repeat(id % 7) }));
  const found = await elementsOf(write(JSON.stringify({ annotations })));
  assert.deepEqual(
    found,
    annotations.map((value) => ['annotations', value]),
  );
});

test('a large file does not fill the memory', async () => {
  const entry = JSON.stringify({ id: 1, segmentation: Array.from({ length: 400 }, () => []) });
  const file = write(`{"annotations":[${Array.from({ length: 10_000 }, () => entry).join()}]}`);
  let count = 0;
  let most = 0;
  const start = process.memoryUsage().heapUsed;
  for await (const _ of jsonElements(file)) {
    if (count++ % 100 === 0) most = Math.max(most, process.memoryUsage().heapUsed - start);
  }
  assert.equal(count, 10_000); // 4 million lists: 100 MB if all were kept
  assert.ok(most < 60 * 2 ** 20, `${most}`);
});

test('COCO: boxes, areas and crowds of each image, categories by their id', async () => {
  const { categories, pictures, skipped, format } = await readCoco(write(JSON.stringify(coco)), key);
  assert.equal(format, 'COCO');
  assert.deepEqual(categories, ['dog', 'cat']);
  assert.deepEqual(skipped, []);
  assert.deepEqual(pictures, [
    {
      file: 'a.png',
      size: { height: 50, width: 100 },
      boxes: [
        { x: 10, y: 5, width: 20, height: 10, area: 150, name: 'annotation 1', category: 'cat' },
        { x: 0, y: 0, width: 50, height: 50, flag: 'crowd', name: 'annotation 2', category: 'dog' },
      ],
    },
    { file: 'b.png', size: { height: 50, width: 100 }, boxes: [] },
  ]);
});

test('COCO: entries that cannot be used are skipped, each with its reason', async () => {
  const broken = {
    images: [...coco.images, { id: 7, file_name: 'twice.png' }, { id: 9 }],
    annotations: [
      ...coco.annotations,
      { id: 3, image_id: 70, category_id: 3, bbox: [0, 0, 1, 1] },
      { id: 4, image_id: 7, category_id: 30, bbox: [0, 0, 1, 1] },
      { id: 5, image_id: 7, category_id: 3, bbox: [0, 0, 0, 1] },
      { id: 6, image_id: 7, category_id: 3, bbox: [0, 'x', 2, 1] },
      { id: 8, image_id: 7, category_id: 3 },
      'text',
    ],
    categories: coco.categories,
  };
  const { pictures, skipped } = await readCoco(write(JSON.stringify(broken)), key);
  assert.equal(pictures[0]!.boxes.length, 2);
  assert.deepEqual(skipped, [
    { name: 'image 7', reason: 'its id is used twice' },
    { name: 'image 9', reason: 'it has no id or no file_name' },
    { name: 'annotation 5', reason: 'its box has no area: 0 x 1' },
    { name: 'annotation 6', reason: 'its box is not four numbers: [0,"x",2,1]' },
    { name: 'annotation 8', reason: 'its box is not four numbers: []' },
    { name: 'annotation (without id)', reason: 'its box is not four numbers: []' },
    { name: 'annotation 3', reason: 'image 70 is not in the file' },
    { name: 'annotation 4', reason: 'category 30 is not in the file' },
  ]);
});

test('COCO: a file that is none gives one message', async () => {
  const whole = JSON.stringify(coco);
  const wrong: [string, RegExp][] = [
    ['', /found nothing; expected a COCO file/],
    [whole.slice(0, 300), /found a file that is cut off/],
    [JSON.stringify(coco.annotations), /found a list; .* a list of detections has no images/],
    ['hello', /found no JSON object/],
    ['{"images": [{"id": 1,}]}', /found text that is no JSON: \{"id": 1,\}/],
    [JSON.stringify({ images: coco.images, annotations: [] }), /found no categories/],
    [JSON.stringify({ annotations: coco.annotations }), /found no images/],
    [`${whole} and more`, /found text behind the end/],
    ['{}', /found no images/],
  ];
  for (const [text, message] of wrong)
    await assert.rejects(
      readCoco(write(text), key),
      (error) => error instanceof DataError && message.test(error.message),
    );
});

const voc = (objects: string, more = '<filename>a.png</filename>') =>
  `<annotation><folder>x</folder>${more}<size><width>100</width><height>50</height><depth>3</depth></size>${objects}</annotation>`;
const object = (name: string, [xmin, ymin, xmax, ymax]: readonly number[], more = '') =>
  `<object><name>${name}</name>${more}<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox></object>`;

test('Pascal VOC: corners count from 1 and belong to the box; difficult objects are marked', () => {
  write(
    voc(
      object('dog', [11, 6, 30, 15]) +
        object('cat &amp; kitten', [1, 1, 100, 50], '<difficult>1</difficult>'),
    ),
    'voc/a.xml',
  );
  write(voc('', ''), 'voc/deep/b.xml');
  const { categories, pictures, skipped } = readVoc(path.join(folder, 'voc'), key);
  assert.deepEqual(skipped, []);
  assert.deepEqual(categories, ['cat & kitten', 'dog']);
  const size = { height: 50, width: 100 };
  assert.deepEqual(pictures, [
    {
      file: 'a.png',
      size,
      boxes: [
        { x: 10, y: 5, width: 20, height: 10, category: 'dog', name: 'object 1' },
        { x: 0, y: 0, width: 100, height: 50, category: 'cat & kitten', name: 'object 2', flag: 'difficult' },
      ],
    },
    { file: path.join('deep', 'b'), size, boxes: [] },
  ]);
});

test('Pascal VOC: files and objects that cannot be used are skipped, each with its reason', () => {
  const good = voc(object('dog', [11, 6, 30, 15]));
  write(good, 'mixed/a.xml');
  write('', 'mixed/b.xml');
  write(good.slice(0, 200), 'mixed/c.xml');
  write('<html></html>', 'mixed/d.xml');
  write(
    voc(`${object('dog', [30, 6, 11, 15])}${object('', [1, 1, 2, 2])}<object><name>cat</name></object>`),
    'mixed/e.xml',
  );
  write(`${good}${' '.repeat(17 * 2 ** 20)}`, 'mixed/f.xml');
  const { pictures, skipped } = readVoc(path.join(folder, 'mixed'), key);
  assert.equal(pictures.length, 2);
  const reasons = Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]));
  assert.match(reasons['c.xml']!, /^no whole XML file, line 1: /);
  assert.deepEqual(
    { ...reasons, 'c.xml': '' },
    {
      'b.xml': 'empty file',
      'c.xml': '',
      'd.xml': 'no Pascal VOC file: it has no <annotation>',
      'e.xml, object 1': 'its box has no area: -18 x 10',
      'e.xml, object 2': 'it has no <name>',
      'e.xml, object 3': 'it has no <bndbox>',
      'f.xml': '17 MB are too much for the boxes of one picture',
    },
  );
  mkdirSync(path.join(folder, 'none'));
  assert.throws(
    () => readVoc(path.join(folder, 'none'), key),
    /found no XML file; expected a folder of Pascal VOC/,
  );
});

test('boxes find their pictures by path, by name and by name without extension', async () => {
  const named = (...files: string[]) => ({
    ...coco,
    images: files.map((file_name, id) => ({ id, file_name, width: 100, height: 50 })),
    annotations: files.map((_, id) => ({ id, image_id: id, category_id: 2, bbox: [id, 0, 10, 10] })),
  });
  const file = write(JSON.stringify(named('train/a.png', 'b.jpg', 'x/c.png', 'lost.png')));
  const found = await openBoxes(file, pictures('a.png', 'b.png', 'x/c.png', 'y/c.png', 'd.png'), key);
  assert.deepEqual([...found.pictures.keys()], [0, 1, 2]);
  assert.equal(found.pictures.get(2)!.boxes[0]!.x, 2);
  assert.deepEqual(found.notes, [
    `${path.basename(file)} names pictures that are not there: lost.png`,
    '2 pictures have no entry in the COCO boxes: they are unlabelled',
  ]);
  await assert.rejects(
    openBoxes(file, pictures('other.png'), key),
    /found names like train\/a.png; expected names of the pictures, like other.png/,
  );
});

test('boxes outside of their picture and boxes for another size are skipped; those beyond its edge are cut', async () => {
  const text = JSON.stringify({
    ...coco,
    images: [...coco.images, { id: 9, file_name: 'c.png', width: 50, height: 100 }],
    annotations: [
      { id: 1, image_id: 7, category_id: 2, bbox: [90, 40, 20, 20] },
      { id: 2, image_id: 7, category_id: 2, bbox: [100, 10, 5, 5] },
      { id: 3, image_id: 9, category_id: 2, bbox: [0, 0, 5, 5] },
    ],
  });
  const found = await openBoxes(write(text), pictures('a.png', 'b.png', 'c.png'), key);
  assert.deepEqual(
    [...found.pictures.values()].map(({ boxes }) => boxes),
    [[{ x: 90, y: 40, width: 10, height: 10, category: 0 }], []],
  );
  assert.deepEqual(found.skipped, [
    {
      name: 'a.png, annotation 2',
      reason: 'its box (x 100, y 10, 5 x 5) lies outside of the picture of 100 x 50',
    },
    { name: 'c.png', reason: 'its boxes are for 50 x 100 pixels, the picture has 100 x 50' },
  ]);
  assert.deepEqual(found.notes, ['1 boxes reach beyond their picture: they are cut at its edge']);
});

test('boxes are moved with a picture that is scaled to cover another size', () => {
  const box = { x: 40, y: 10, width: 20, height: 20, category: 0, area: 100 };
  const from = { height: 50, width: 100 };
  assert.deepEqual(placeBoxes([box], from, { height: 100, width: 200 }), [
    { x: 80, y: 20, width: 40, height: 40, category: 0, area: 400 },
  ]);
  // A square takes the middle: 25 pixels are cut off at the left.
  assert.deepEqual(placeBoxes([box], from, { height: 50, width: 50 }), [{ ...box, x: 15 }]);
  // Three quarters are cut off, then all.
  const cut = { x: 20, y: 0, width: 10, height: 10, category: 0 };
  assert.deepEqual(placeBoxes([cut], from, { height: 50, width: 50 }), [{ ...cut, x: 0, width: 5 }]);
  const sliver = { ...cut, x: 16 };
  assert.deepEqual(placeBoxes([sliver], from, { height: 50, width: 50 }), [
    { ...cut, x: 0, width: 1, flag: 'difficult' },
  ]);
  assert.deepEqual(placeBoxes([{ ...cut, x: 10 }], from, { height: 50, width: 50 }), []);
});
