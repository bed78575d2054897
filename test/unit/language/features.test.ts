import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { MarkupContent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readConfig } from '../../../server/config/read.ts';
import { codeLenses } from '../../../server/language/codeLenses.ts';
import { formatConfig, formatText } from '../../../server/language/formatting.ts';
import { hoverConfig } from '../../../server/language/hover.ts';
import { inlayHints, seconds } from '../../../server/language/inlayHints.ts';
import { definitionAt, documentLinks } from '../../../server/language/links.ts';
import { documentSymbols } from '../../../server/language/symbols.ts';
import { methods } from '../../../server/methods/registry.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import type { RunSummary } from '../../../server/protocol/runView.ts';
import type { DataFacts, Estimate } from '../../../server/protocol/trainer.ts';
import { configFile, fixtures, marked, readOnly } from './marked.ts';

const digits: DataFacts = {
  modality: 'image',
  shape: [8, 8, 1],
  count: 1797,
  train: 1437,
  test: 360,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  unlabelled: 0,
  skipped: [],
  fingerprint: 'f',
  summary: 'IDX',
};

const estimate: Estimate = {
  parameters: { encoder: 150240, all: 400000 },
  activationBytes: 12.4 * 1024 ** 2,
  stepsPerEpoch: 5,
  stepMs: 80,
  device: 'cpu',
};

function hover(text: string, facts?: DataFacts): string {
  const { document, position } = marked(text);
  const context = { file: configFile, readFile: readOnly(), disk: true, ...(facts && { facts }) };
  const found = hoverConfig(document, position, context);
  return ((found?.contents as MarkupContent | undefined)?.value ?? '')
    .replaceAll('\n\n', ' / ')
    .replaceAll(fixtures, '<configs>');
}

// Text with the mouse, and what is said.
const hovers: readonly (readonly [string, string])[] = [
  [
    'train: { learning|Rate: 0.1 }',
    '**train.learningRate**: a number above 0 / Highest learning rate, reached after the warm-up. / Default: `0.001`',
  ],
  [
    'train:\n  warmupEpochs: 3|\n',
    '**train.warmupEpochs**: a number of at least 0 (epochs) / The learning rate rises linearly from 0 over these epochs; fractions are allowed. / Default: `0`',
  ],
  [
    'pretext: { method: vic|reg }',
    `**VICReg** (redundancy, for image, audio and table data) / ${methods.vicreg?.summary} / [VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning](https://arxiv.org/abs/2105.04906)`,
  ],
  [
    'pretext: { method: mae, mask|Ratio: 0.5 }',
    '**pretext.maskRatio**: a number above 0 and below 1 / Share of the patches that is hidden, between 0 and 1 (paper: 0.75). / Default: `0.75`, after [Masked Autoencoders Are Scalable Vision Learners](https://arxiv.org/abs/2111.06377)',
  ],
  ['data: { images: data/|images }', '`<configs>/data/images` / A folder.'],
  ['data: { images: data/|nothing }', '`<configs>/data/nothing` / Nothing is there.'],
  ['# learning|Rate', ''],
  ['unknown: |3', ''],
];

for (const [text, expected] of hovers) {
  test(`hover at ${JSON.stringify(text)}`, () => assert.equal(hover(text), expected));
}

test('hover on the data tells what was found there', () => {
  assert.equal(
    hover('data: { images: data/|images }', digits),
    '`<configs>/data/images` / A folder. / **1,797 images 8 x 8 x 1, 10 classes**: 1,437 to train, 360 to test / Classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9',
  );
});

test('the size of a sample is told in the words of its kind', () => {
  const said = (facts: Partial<DataFacts>): string =>
    hover('data: { images: data/|images }', { ...digits, ...facts }).split('**')[1]!;
  assert.equal(said({ modality: 'text', shape: [32] }), '1,797 texts of 32 tokens, 10 classes');
  assert.equal(
    said({ modality: 'audio', shape: [40, 48, 1] }),
    '1,797 recordings of 40 bands x 48 frames, 10 classes',
  );
});

test('boxes are told with what they are around', () => {
  const boxes = { categories: ['bar', 'square'], train: 96, test: 24, objects: 130 };
  assert.match(
    hover('data: { images: data/|images }', { ...digits, boxes }),
    /10 classes, 130 boxes.*Boxes around bar, square, on 96 images to train and 24 to test/,
  );
});

const lensText = 'name: x\ndata: { images: x }\npretext:\n  method: vicreg\ndownstream:\n  - mode: linear\n';

function run(state: RunSummary['state'], more: Partial<RunSummary> = {}): RunSummary {
  return {
    id: state,
    name: 'x',
    folder: '/r',
    configFile,
    state,
    created: '',
    best: {},
    resumable: false,
    foreign: false,
    ...more,
  };
}

function lenses(runs: RunSummary[], context: { trusted?: boolean; valid?: boolean } = {}): string[] {
  const document = TextDocument.create('file:///x.selfsup.yaml', 'selfsup', 1, lensText);
  const found = codeLenses(document, { file: configFile, runs, trusted: true, valid: true, ...context });
  return found.map(({ range, command }) => `${range.start.line} ${command?.title} ${command?.command}`);
}

test('code lenses follow the state of the runs', () => {
  assert.deepEqual(lenses([]), ['0 $(play) Run selfsup.run', '2 Preview selfsup.previewPretext']);
  const progress = { step: 30, steps: 200, epoch: 3.4, epochs: 20 };
  assert.deepEqual(lenses([run('running', { progress })]), [
    '0 $(debug-stop) Stop (epoch 3/20) selfsup.stop',
    '0 Show selfsup.openPanel',
    '2 Preview selfsup.previewPretext',
  ]);
  assert.deepEqual(lenses([run('stopped', { resumable: true }), run('finished'), run('failed')]), [
    '0 $(play) Run selfsup.run',
    '0 $(debug-continue) Resume x selfsup.resume',
    '0 Show selfsup.openPanel',
    '0 Compare 3 runs selfsup.compareRuns',
    '2 Preview selfsup.previewPretext',
    '4 Fine-tune only selfsup.fineTuneOnly',
  ]);
});

test('no lens runs a config with errors, none at all in Restricted Mode', () => {
  assert.deepEqual(lenses([], { valid: false }), []);
  assert.deepEqual(lenses([run('running')], { valid: false }), [
    '0 $(debug-stop) Stop (running) selfsup.stop',
    '0 Show selfsup.openPanel',
  ]);
  assert.deepEqual(lenses([run('finished')], { trusted: false }), []);
});

test('inlay hints stand behind what they are about', () => {
  const text = 'data:\n  images: x # pictures\nencoder: { type: convnet }\ntrain:\n  epochs: 3\n';
  const document = TextDocument.create('file:///x', 'selfsup', 1, text);
  const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const shown = (known: Parameters<typeof inlayHints>[2]): string[] =>
    inlayHints(document, whole, known).map(
      ({ position, label }) => `${position.line}:${position.character} ${label}`,
    );
  assert.deepEqual(shown({}), []);
  assert.deepEqual(shown({ facts: digits, estimate }), [
    '1:11 1,797 images 8 x 8 x 1, 10 classes',
    '2:26 150,240 parameters, 12 MB of activations',
    '3:6 5 steps/epoch, about 0.4 s/epoch on cpu',
  ]);
  const stepMs = 0.0307;
  assert.equal(
    shown({ estimate: { ...estimate, stepMs } })[1],
    '3:6 5 steps/epoch, about 0.15 ms/epoch on cpu',
  );
  assert.deepEqual(
    inlayHints(
      document,
      { start: { line: 3, character: 0 }, end: { line: 3, character: 9 } },
      { facts: digits, estimate },
    ).length,
    1,
  );
});

test('durations keep two digits or more, however short', () => {
  assert.deepEqual([0.0004, 0.01534, 0.0994, 0.0996, 0.44, 12.3, 187, 9000].map(seconds), [
    '0.4 ms',
    '15 ms',
    '99 ms',
    '0.1 s',
    '0.4 s',
    '12 s',
    '3 min',
    '2.5 h',
  ]);
});

test('go to definition opens the extended file and the table, not a folder', () => {
  const target = (text: string, disk = true): string | undefined => {
    const { document, position } = marked(text);
    const found = definitionAt(document, position, configFile, disk);
    return found && path.relative(fixtures, new URL(found.uri).pathname);
  };
  assert.equal(target('extends: bases/ba|se.selfsup.yaml'), 'bases/base.selfsup.yaml');
  assert.equal(target('ext|ends: bases/base.selfsup.yaml', false), 'bases/base.selfsup.yaml');
  assert.equal(target('data: { table: data/flow|ers.csv }'), 'data/flowers.csv');
  assert.equal(target('data: { table: data/flow|ers.csv }', false), undefined);
  assert.equal(target('data: { images: data/im|ages }'), undefined);
  assert.equal(target('name: data/flow|ers.csv'), undefined);
});

test('links open texts and show folders in the explorer', () => {
  const { document } = marked(
    '|extends: bases/base.selfsup.yaml\ndata: { images: data/images, labels: none }\n',
  );
  const links = documentLinks(document, configFile, true);
  assert.deepEqual(
    links.map(({ range, target }) => [
      document.getText(range),
      target?.split(/[?]/)[0]?.replace(`file://${fixtures}/`, ''),
    ]),
    [
      ['bases/base.selfsup.yaml', 'bases/base.selfsup.yaml'],
      ['data/images', 'command:revealInExplorer'],
    ],
  );
});

test('symbols are the keys, with their values', () => {
  const { document } = marked('|train: { epochs: 3 }\ndownstream:\n  - mode: linear\n');
  const shown = documentSymbols(document).map(({ name, children = [] }) => [
    name,
    children.map((child) =>
      [child.name, child.detail ?? child.children?.map((each) => each.name)].flat().join(' '),
    ),
  ]);
  assert.deepEqual(shown, [
    ['train', ['epochs 3']],
    ['downstream', ['1 mode']],
  ]);
});

test('formatting puts the layout right and keeps comments', () => {
  const before = `# top\ndata:   {images: x,   size:  28}   # where\n\nencoder:\n      type:   convnet\n      # inside\n      width: 16\npretext: {method: vicreg, views: {crop: [ 0.6,1 ]}}\ntrain: {learningRate: 2e-3}`;
  const after = `# top\ndata: { images: x, size: 28 } # where\n\nencoder:\n  type: convnet\n  # inside\n  width: 16\npretext: { method: vicreg, views: { crop: [0.6, 1] } }\ntrain: { learningRate: 2e-3 }\n`;
  assert.equal(formatText(before), after);
  assert.equal(formatText(before.replaceAll('\n', '\r\n')), after.replaceAll('\n', '\r\n'));
  assert.equal(formatText('train: { epochs: 3'), undefined, 'broken text is left alone');
  const document = TextDocument.create('file:///x', 'selfsup', 1, before);
  assert.equal(TextDocument.applyEdits(document, formatConfig(document)), after);
});

test('formatting never changes what a config means, and is done once', () => {
  const folders = ['examples', 'test/fixtures/configs'].map((name) => path.join(packageRoot(), name));
  let formatted = 0;
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true }).map(String)) {
      if (!name.endsWith('.selfsup.yaml')) continue;
      const file = path.join(folder, name);
      const text = readFileSync(file, 'utf8');
      const once = formatText(text);
      if (once === undefined) continue;
      formatted++;
      assert.equal(formatText(once), once, name);
      const [before, after] = [text, once].map((each) => readConfig(file, { text: each }));
      assert.deepEqual(after?.config, before?.config, name);
      assert.deepEqual(
        after?.problems.map(({ message, found }) => [message, found]),
        before?.problems.map(({ message, found }) => [message, found]),
        name,
      );
    }
  }
  assert.ok(formatted > 80, `formatted ${formatted}`);
});
