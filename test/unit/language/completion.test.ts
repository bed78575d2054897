import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompletionItem, TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkConfig } from '../../../server/config/check.ts';
import { formatProblem, hasErrors } from '../../../server/config/problem.ts';
import { completeConfig } from '../../../server/language/completion.ts';
import { sectionSnippets, snippetText } from '../../../server/language/snippets.ts';
import { methods } from '../../../server/methods/registry.ts';
import { configFile, marked, readOnly } from './marked.ts';

function complete(text: string, files: Readonly<Record<string, string>> = {}): CompletionItem[] {
  const { document, position } = marked(text);
  const context = { file: configFile, readFile: readOnly(files), disk: true, snippets: true };
  const items = completeConfig(document, position, context);
  return items.sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1));
}

/** The labels, best first; whole sections left out. */
const labels = (text: string, files?: Readonly<Record<string, string>>): string =>
  complete(text, files)
    .filter(({ kind }) => kind !== 15)
    .map(({ label }) => label)
    .join(' ');

/** The text after accepting an answer, with nothing filled in. */
function accept(text: string, label: string): string {
  const { document } = marked(text);
  const item = complete(text).find((each) => each.label === label);
  assert.ok(item, `${label} is offered`);
  const edit = item.textEdit as TextEdit;
  return TextDocument.applyEdits(document, [{ ...edit, newText: snippetText(edit.newText) }]);
}

// Text with the cursor, and what is offered there.
const cases: readonly (readonly [string, string])[] = [
  ['|', 'data encoder pretext name extends sweep seed train evaluate downstream export'],
  [
    'data: { images: x }\ntr|\npretext: {}\n',
    'encoder name extends sweep seed train evaluate downstream export',
  ],
  ['encoder: { | }', 'type'],
  ['encoder: { type: | }', 'mlp convnet vit transformer'],
  ['encoder: { type: vit, | }', 'patch width depth heads mlpRatio pool'],
  ['encoder:\n  type: vit\n  patch: 4\n  |', 'width depth heads mlpRatio pool'],
  ['encoder:\n  |', 'type'],
  ['encoder: { type: vit, pool: |', 'mean class'],
  ['data: { table: data/flowers.csv, test: { | } }', 'table'],
  ['pretext:\n  method: vicreg\n  |', 'invariance variance covariance epsilon projector corruption views'],
  ['pretext: { method: vicreg, views: { crop: | } }', '[0.6, 1] [ ] { } false'],
  ['pretext: { method: vicreg, views: { flip: | } }', 'true false { }'],
  ['train: { optimizer: |, epochs: 3 }', 'adamw adam sgd lars'],
  ['train:\n  learningRate: |', '0.001'],
  ['train:\n  device: "|"', 'auto cpu webgpu cuda tensorflow reference'],
  ['evaluate: { linearProbe: | }', 'true false'],
  ['evaluate:\n  knn:\n    |', 'k temperature false'],
  [
    'downstream:\n  - |',
    'task mode head views blocks labelsPerClass draws epochs batchSize learningRate layerDecay weightDecay controls',
  ],
  ['downstream:\n  - task: classification\n    mode: |', 'finetune linear lastBlocks'],
  ['downstream: [{ labelsPerClass: [1, |] }]', 'all'],
  ['data: { images: | }', 'data/ bases/'],
  ['data:\n  images: data/|', 'images/'],
  ['data:\n  table: data/fl|owers.csv', 'empty.csv flowers.csv images/'],
  ['data: { labels: "da|", images: x }', 'folders none data/ bases/'],
  ['data: { table: data/flowers.csv, label: | }', 'petal sepal species'],
  ['data:\n  table: data/flowers.csv\n  columns:\n    |', 'petal sepal species'],
  [
    'data: { table: data/flowers.csv }\ndownstream:\n  - { task: regression, target: | }',
    'petal sepal species',
  ],
  ['downstream:\n  - { task: | }', 'classification detection regression'],
  [
    'downstream:\n  - { task: regression, | }',
    'target mode head blocks rows draws epochs batchSize learningRate layerDecay weightDecay controls',
  ],
  ['data: { table: data/flowers.csv, columns: { petal: | } }', 'numeric categorical ignore'],
  ['sweep: { grid: { pretext.method: [vicreg, |] } }', Object.keys(methods).join(' ')],
  ['sweep: { grid: { train.optimizer: [|] } }', 'adamw adam sgd lars'],
  ['pretext: { method: vicreg, views: { crop: [0.6, 1, |] } }', ''],
  ['train: { constructor: { | } }', ''],
  ['# tr|', ''],
  ['name: "a|b"', ''],
  ['unknown: { | }', ''],
];

for (const [text, expected] of cases) {
  test(`completion at ${JSON.stringify(text)}`, () => {
    const found = labels(text).split(' ').sort().join(' ');
    assert.equal(found, expected.split(' ').sort().join(' '));
  });
}

test('required keys come first, methods for this data before the others', () => {
  assert.match(labels('|'), /^data encoder pretext /);
  assert.match(labels('data:\n  |'), /^images text audio table /);
  const offered = complete('data: { table: x }\npretext: { method: | }');
  const unfit = offered.map(({ detail }) => detail?.startsWith('only for ') ?? false);
  assert.ok(unfit.lastIndexOf(false) < unfit.indexOf(true));
  assert.match(
    JSON.stringify(offered.find(({ label }) => label === 'scarf')?.documentation),
    /SCARF.*arxiv/s,
  );
});

test('the branch of an extended file counts', () => {
  const files = { 'base.yaml': 'encoder: { type: vit }\n' };
  assert.match(labels('extends: base.yaml\nencoder: { | }', files), /patch/);
  assert.doesNotMatch(labels('extends: base.yaml\nencoder: { type: mlp, | }', files), /patch/);
});

test('answers fit where they are written', () => {
  assert.equal(accept('encoder:|', '{ }'), 'encoder: {  }');
  assert.equal(accept('train:\n  epo|chs: 3\n', 'batchSize'), 'train:\n  batchSize: 3\n');
  assert.equal(
    accept('train:\n  ep|\n  batchSize: 3\n', 'epochs'),
    'train:\n  epochs: 100\n  batchSize: 3\n',
  );
  assert.equal(accept('pretext: { method: | }', 'mae'), 'pretext: { method: mae }');
  assert.equal(accept('downstream:\n  -|', 'mode'), 'downstream:\n  - mode: ');
  assert.equal(
    accept('pretext:\n  method: vicreg\n  vie|', 'views'),
    'pretext:\n  method: vicreg\n  views:\n    ',
  );
  assert.equal(accept('data: { images: da| }', 'data/'), 'data: { images: data/ }');
  assert.equal(accept('data:\n  table: data/fl|owers.csv\n', 'images/'), 'data:\n  table: data/images/\n');
  assert.equal(
    accept('train:\r\n  epo|\r\n  batchSize: 3\r\n', 'epochs'),
    'train:\r\n  epochs: 100\r\n  batchSize: 3\r\n',
  );
});

test('Restricted Mode reads no folder and no table', () => {
  const offered = (text: string): number => {
    const { document, position } = marked(text);
    return completeConfig(document, position, {
      file: configFile,
      readFile: readOnly(),
      disk: false,
      snippets: true,
    }).length;
  };
  assert.equal(offered('data: { images: | }'), 0);
  assert.equal(offered('data: { table: data/flowers.csv, label: | }'), 0);
});

test('every section snippet is a valid section of a config', () => {
  const images = {
    data: 'data: { images: data/images }',
    encoder: 'encoder: { type: vit, patch: 8 }',
    pretext: 'pretext: { method: vicreg }',
  };
  const table = {
    data: 'data: { table: data/flowers.csv }',
    encoder: 'encoder: { type: mlp }',
    pretext: 'pretext: { method: scarf }',
  };
  const text = {
    data: 'data: { text: data/notes.txt }',
    encoder: 'encoder: { type: transformer }',
    pretext: 'pretext: { method: mlm }',
  };
  const audio = {
    data: 'data: { audio: data/recordings }',
    encoder: 'encoder: { type: convnet }',
    pretext: 'pretext: { method: vicreg }',
  };
  const boxed = { ...images, data: 'data: { images: data/images, boxes: data/boxes.json }' };
  for (const { section, label, lines } of sectionSnippets) {
    const bases: readonly (readonly [RegExp, Record<string, string>])[] = [
      [/table|mlp|regression/, table],
      [/: text|transformer|words/, text],
      [/audio|sounds/, audio],
      [/detection/, boxed],
    ];
    const [, base = images] = bases.find(([pattern]) => pattern.test(label)) ?? [];
    const config = [
      snippetText(lines.join('\n')),
      ...Object.entries(base).flatMap(([key, line]) => (key === section ? [] : [line])),
    ].join('\n');
    const { problems } = checkConfig(configFile, { text: config, paths: false });
    assert.ok(
      !hasErrors(problems),
      `${label}:\n${config}\n${problems.map((each) => formatProblem(each)).join('\n')}`,
    );
  }
});

test('an editor without snippets gets plain text', () => {
  const { document, position } = marked('train:\n  |');
  const context = { file: configFile, readFile: readOnly(), disk: true, snippets: false };
  const epochs = completeConfig(document, position, context).find(({ label }) => label === 'epochs');
  assert.ok(epochs);
  assert.equal((epochs.textEdit as TextEdit).newText, 'epochs: 100');
  assert.equal(epochs.insertTextFormat, 1);
});
