import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CodeAction, CompletionItem, InlayHint } from 'vscode-languageserver';
import { CancellationTokenSource } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageDeps } from '../../../server/language/registerLanguage.ts';
import type { DataFacts, Estimate } from '../../../server/protocol/trainer.ts';
import { LanguageClient, type Published } from './languageClient.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'selfsup-language-'));
mkdirSync(path.join(folder, 'pictures'));
writeFileSync(path.join(folder, 'pictures', 'a.png'), 'x');
const uriOf = (name: string): string => pathToFileURL(path.join(folder, name)).href;
const uri = uriOf('main.selfsup.yaml');
const good = 'data: { images: pictures }\nencoder: { type: convnet }\npretext: { method: vicreg }\n';

const clients: LanguageClient[] = [];
after(() => {
  for (const client of clients) client.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function client(deps: Partial<LanguageDeps> = {}): Promise<LanguageClient> {
  const made = new LanguageClient(deps);
  clients.push(made);
  await made.start();
  return made;
}

const messages = ({ diagnostics }: Published): string[] =>
  diagnostics.map(({ message }) => String(message).split('\n')[0] ?? '');
const of =
  (version: number, wanted = uri) =>
  (news: Published): boolean =>
    news.uri === wanted && news.version === version;

const facts = (train: number): DataFacts => ({
  modality: 'image',
  shape: [8, 8, 1],
  count: train,
  train,
  test: 4,
  unlabelled: train,
  skipped: [],
  fingerprint: 'f',
  summary: 'pictures',
});
const estimate: Estimate = {
  parameters: { encoder: 1000, all: 2000 },
  activationBytes: 1024,
  stepsPerEpoch: 1,
  stepMs: 10,
  device: 'cpu',
};

test('diagnostics come with every version that stays, never for one that is gone', async () => {
  const editor = await client();
  editor.open(uri, `${good}train: { epoch: 3 }\n`);
  const first = await editor.diagnostics(of(1));
  assert.deepEqual(messages(first), ['unknown key train.epoch']);
  assert.deepEqual(first.diagnostics[0]?.range, {
    start: { line: 3, character: 9 },
    end: { line: 3, character: 14 },
  });
  assert.equal(first.diagnostics[0]?.code, 'unknownKey');
  let last = 1;
  for (const text of ['a', 'b', 'c', 'd']) last = editor.edit(uri, { text: `${good}${text}` });
  last = editor.edit(uri, { text: good });
  assert.deepEqual((await editor.diagnostics(of(last))).diagnostics, []);
  const versions = editor.published.map(({ version }) => version ?? 0);
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
  editor.close(uri);
  await editor.diagnostics(
    (news) => news.uri === uri && news.version === undefined && news.diagnostics.length === 0,
  );
});

test('a quick fix makes the problem go away', async () => {
  const editor = await client();
  const text = `${good}train: { learning_rate: 0.1 }\n`;
  editor.open(uri, text);
  const { diagnostics } = await editor.diagnostics(of(1));
  const range = diagnostics[0]?.range;
  const actions = await editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
    range,
    context: { diagnostics },
  });
  assert.deepEqual(
    actions.map(({ title, isPreferred }) => [title, isPreferred]),
    [['Rename to learningRate', true]],
  );
  const document = TextDocument.create(uri, 'selfsup', 1, text);
  const fixed = TextDocument.applyEdits(document, actions[0]?.edit?.changes?.[uri] ?? []);
  assert.equal(fixed, text.replace('learning_rate', 'learningRate'));
  const version = editor.edit(uri, { text: fixed });
  assert.deepEqual((await editor.diagnostics(of(version))).diagnostics, []);
});

test('the data are looked at when the text is right: problems, then hints', async () => {
  const asked: number[] = [];
  const editor = await client({
    facts: (config) => {
      asked.push(config.train.batchSize);
      return Promise.resolve(facts(100));
    },
    estimate: () => Promise.resolve(estimate),
  });
  const whole = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  editor.open(uri, `${good}evaluate: { linearProbe: false, knn: false }\n`);
  const found = await editor.diagnostics(({ diagnostics }) => diagnostics.length > 0);
  assert.deepEqual(messages(found), ['the batch is larger than the data']);
  const range = found.diagnostics[0]?.range;
  const actions = await editor.ask<CodeAction[]>('textDocument/codeAction', uri, {
    range,
    context: { diagnostics: [] },
  });
  assert.deepEqual(
    actions.map(({ title }) => title),
    ['Set train.batchSize: 64'],
  );
  const broken = editor.edit(uri, { text: 'data: {' });
  await editor.diagnostics(of(broken));
  const hints = (): Promise<InlayHint[]> => editor.ask('textDocument/inlayHint', uri, { range: whole });
  assert.deepEqual(asked, [256], 'a broken config is no reason to open data');
  editor.edit(uri, {
    text: `${good}train: { batchSize: 64 }\nevaluate: { linearProbe: false, knn: false }\n`,
  });
  while ((await hints()).length < 3) await new Promise(setImmediate);
  assert.deepEqual(
    (await hints()).map(({ label }) => label),
    [
      '100 images 8 x 8 x 1',
      '1,000 parameters, 1.0 KB of activations',
      '1 step/epoch, about 10 ms/epoch on cpu',
    ],
  );
});

test('mistakes in the data are shown at the key that points there', async () => {
  const problem = {
    key: ['data', 'images'],
    where: 'pictures',
    found: 'no pictures',
    expected: 'pictures',
    fix: 'Add some.',
  };
  const editor = await client({ facts: () => Promise.reject(Object.assign(new Error('x'), { problem })) });
  editor.open(uri, good);
  const { diagnostics } = await editor.diagnostics(({ diagnostics }) => diagnostics.length > 0);
  assert.match(
    String(diagnostics[0]?.message),
    /^data.images cannot be used: pictures\nfound: no pictures\n.*\nfix: add some$/,
  );
  assert.deepEqual(diagnostics[0]?.range.start, { line: 0, character: 16 });
});

test('Restricted Mode never looks at data, paths or runs', async () => {
  let trusted = false;
  const touched: string[] = [];
  const editor = await client({
    trusted: () => trusted,
    facts: () => {
      touched.push('facts');
      return Promise.resolve(facts(1000));
    },
    runsOf: () => {
      touched.push('runs');
      return [];
    },
  });
  const text = good.replace('pictures', 'nowhere');
  editor.open(uri, text);
  assert.deepEqual((await editor.diagnostics(of(1))).diagnostics, []);
  assert.deepEqual(await editor.ask('textDocument/codeLens', uri), []);
  assert.deepEqual(touched, []);
  trusted = true;
  editor.features.recheck();
  assert.deepEqual(messages(await editor.diagnostics(({ diagnostics }) => diagnostics.length > 0)), [
    'data.images does not exist',
  ]);
  await editor.ask('textDocument/codeLens', uri);
  assert.deepEqual(touched, ['runs'], 'a config with errors is no reason to open data');
});

test('problems in an extended file: at extends while it is closed, in it while it is open, by its unsaved text', async () => {
  const baseUri = uriOf('base.yaml');
  const base = 'data: { images: pictures }\nencoder: { type: convnet, widht: 3 }\n';
  writeFileSync(path.join(folder, 'base.yaml'), base);
  const editor = await client();
  editor.open(uri, 'extends: base.yaml\npretext: { method: vicreg }\n');
  const [shown] = (await editor.diagnostics(of(1))).diagnostics;
  assert.deepEqual(shown?.range, { start: { line: 0, character: 9 }, end: { line: 0, character: 18 } });
  assert.deepEqual(shown?.relatedInformation?.[0]?.location, {
    uri: baseUri,
    range: { start: { line: 1, character: 26 }, end: { line: 1, character: 31 } },
  });
  editor.published.length = 0;
  editor.open(baseUri, base);
  const inBase = await editor.diagnostics(of(1, baseUri));
  assert.ok(messages(inBase).includes('unknown key encoder.widht'));
  assert.deepEqual((await editor.diagnostics(of(1))).diagnostics, []);
  editor.published.length = 0;
  const version = editor.edit(baseUri, { text: base.replace('widht', 'width').replace('3', 'wide') });
  const again = await editor.diagnostics(
    (news) => of(version, baseUri)(news) && messages(news).includes('encoder.width is text'),
  );
  assert.ok(!messages(again).includes('unknown key encoder.widht'));
});

test('a feature that fails is logged, and the connection goes on', async () => {
  const editor = await client({
    runsOf: () => {
      throw new Error('store is gone');
    },
  });
  editor.open(uri, good);
  assert.deepEqual(await editor.ask('textDocument/codeLens', uri), []);
  const position = { line: 1, character: 11 };
  const items = await editor.ask<CompletionItem[]>('textDocument/completion', uri, { position });
  assert.ok(items.length > 0);
  assert.match(editor.errors.join('\n'), /store is gone/);
});

test('a cancelled request is answered as cancelled', async () => {
  const editor = await client();
  editor.open(uri, good);
  const source = new CancellationTokenSource();
  const params = { textDocument: { uri }, position: { line: 0, character: 0 } };
  const answer = editor.editor.sendRequest('textDocument/completion', params, source.token);
  source.cancel();
  await assert.rejects(answer, { code: -32800 });
  assert.ok(await editor.ask('textDocument/hover', uri, { position: { line: 0, character: 1 } }));
});
