import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toPlain } from '../../../server/config/tree.ts';
import { parseYaml } from '../../../server/config/yaml.ts';
import { locate, mapTree, nodeOf } from '../../../server/language/outline.ts';
import { readOutline } from '../../../server/language/readOutline.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

const root = packageRoot();
const configs = ['examples', 'test/fixtures/configs']
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.join(folder, String(name))),
  )
  .filter((name) => name.endsWith('.selfsup.yaml'));

const outlineOf = (text: string): unknown => JSON.parse(JSON.stringify(toPlain(mapTree(readOutline(text)))));

test('the outline of every config that YAML can read is what YAML reads', () => {
  let compared = 0;
  for (const name of configs) {
    const text = readFileSync(path.join(root, name), 'utf8');
    const { tree, problems } = parseYaml(text, name);
    // Twice the same key, and anchors: the outline does not resolve them.
    if (tree === undefined || problems.length > 0 || /[&*]\w/.test(text)) continue;
    compared++;
    const expected = JSON.parse(JSON.stringify(toPlain(tree)));
    assert.deepEqual(outlineOf(text), expected, name);
    assert.deepEqual(outlineOf(text.replaceAll('\n', '\r\n')), expected, `${name} with Windows line ends`);
  }
  assert.ok(compared > 80, `compared ${compared} configs`);
});

test('a bracket that is not closed ends before the next key of its neighbours', () => {
  const text = 'encoder: { type: vit, patch:\npretext:\n  views: { crop: [0.6,\n  method: mae\n';
  assert.deepEqual(outlineOf(text), {
    encoder: { type: 'vit' },
    pretext: { views: { crop: [0.6] }, method: 'mae' },
  });
});

test('unfinished lines are keys where keys stand, and values where values stand', () => {
  const text = 'train:\n  ep\n  batchSize: 3\n  opt\npretext:\n  met\ndow\n';
  const outline = readOutline(text);
  assert.deepEqual(
    outline.entries.map(({ key }) => key),
    ['train', 'pretext', 'dow'],
  );
  const train = nodeOf(outline, ['train']);
  assert.ok(train?.kind === 'map');
  assert.deepEqual(
    train.entries.map(({ key }) => key),
    ['ep', 'batchSize', 'opt'],
  );
  assert.equal(nodeOf(outline, ['pretext'])?.kind, 'scalar');
});

test('a line that is indented wrongly stays with the key above it', () => {
  assert.deepEqual(outlineOf('train:\n    epochs: 3\n  seed: 1\nname: x\n'), {
    train: { epochs: 3, seed: 1 },
    name: 'x',
  });
});

test('every key and value is found again at its place', () => {
  const text =
    'downstream:\n  - { task: "classification", mode: linear }\n  - mode: finetune\n    epochs: 3\n';
  const outline = readOutline(text);
  const at = (word: string): unknown => {
    const { path: keys, part } = locate(outline, text.indexOf(word) + 1) ?? {};
    return [keys?.join('.'), part];
  };
  assert.deepEqual(at('classification'), ['downstream.0.task', 'value']);
  assert.deepEqual(at('mode: linear'), ['downstream.0.mode', 'key']);
  assert.deepEqual(at('finetune'), ['downstream.1.mode', 'value']);
  assert.deepEqual(at('epochs'), ['downstream.1.epochs', 'key']);
});
