import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseError } from 'vscode-jsonrpc/node';
import type { EditorFailure } from '../../server/protocol/editor.ts';
import type { PretextPreview } from '../../server/protocol/pretextPreview.ts';
import { wavBytes } from '../../server/training/data/audio/playable.ts';
import { FakeServer } from './support/fakeServer.ts';
import { PanelSession } from './support/session.ts';
import { until } from './support/until.ts';

/** The preview of a pretext task, redrawn on each edit. */

const session = new PanelSession();
const configFile = '/work space/rows.selfsup.yaml';

function drawing(method: string): PretextPreview {
  return {
    method,
    summary: 'A third of the cells is swapped.',
    took: 120,
    blocks: [
      {
        kind: 'table',
        columns: ['age', 'town'],
        rows: [
          {
            title: 'row 1',
            cells: [
              { text: '42', changed: false },
              { text: 'Ulm', changed: true },
            ],
          },
        ],
      },
    ],
  };
}

const previewServer = (): FakeServer => new FakeServer(session.source, [], { view: 'preview', configFile });

test('changed cells are marked for eyes and for ears', async (t) => {
  const server = previewServer();
  server.preview = async () => drawing('vime');
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  await page.getByRole('heading', { name: 'Pretext task of rows.selfsup.yaml' }).waitFor();
  await page.getByText('vime: A third of the cells is swapped.').waitFor();
  assert.deepEqual(await page.locator('tbody td').allTextContents(), ['42', '●changed: Ulm']);
  assert.deepEqual(server.previewsAsked, [{ configFile, text: 'method: mae', samples: 8, cancelled: false }]);
  await page.getByRole('combobox', { name: 'Samples' }).selectOption('16');
  await until(() => server.previewsAsked.at(-1)?.samples === 16);
  assert.equal((await panel.state()).previewSamples, 16);
});

test('a sound is played where its spectrogram is shown, under the policy of the panel', async (t) => {
  const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
  const sounds = [0.2, 3].map(
    (seconds) =>
      `data:audio/wav;base64,${wavBytes(new Float32Array(8000 * seconds).fill(0.1), 8000).toString('base64')}`,
  );
  const server = previewServer();
  server.preview = async () => ({
    ...drawing('cola'),
    blocks: [
      {
        kind: 'images',
        rows: ['original', 'view 1'].map((title) => ({ title, pictures: [pixel, pixel] })),
        sounds: [sounds[0]!, sounds[1]!],
      },
    ],
  });
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  await page.getByRole('button', { name: 'Play sample 1' }).click();
  const length = () =>
    page
      .locator('audio')
      .first()
      .evaluate((audio) => (audio as HTMLAudioElement).duration);
  await page.waitForFunction(() => (document.querySelector('audio') as HTMLAudioElement).duration > 0);
  assert.ok(Math.abs((await length()) - 0.2) < 0.01);
  // When it has ended it can be played again; a longer one is stopped.
  await page.getByRole('button', { name: 'Play sample 1' }).waitFor();
  await page.getByRole('button', { name: 'Play sample 2' }).click();
  await page.getByRole('button', { name: 'Stop sample 2' }).click();
  await page.getByRole('button', { name: 'Play sample 2' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Play/ }).count(), 2);
});

test('a sound that cannot be played says so', async (t) => {
  const server = previewServer();
  server.preview = async () => ({
    ...drawing('cola'),
    blocks: [
      {
        kind: 'images',
        rows: [
          {
            title: 'original',
            pictures: ['data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='],
          },
        ],
        sounds: ['data:audio/wav;base64,AAAA'],
      },
    ],
  });
  const panel = await session.open(t, server);
  if (!panel) return;
  await panel.page.getByRole('button', { name: 'Play sample 1' }).click();
  await panel.page.getByRole('button', { name: 'sample 1 cannot be played' }).waitFor();
});

test('while a new picture is drawn the old one stays, dimmed; an edit cancels the drawing before it', async (t) => {
  const server = previewServer();
  const waiting = new Map<string, (preview: PretextPreview) => void>();
  server.preview = (text) =>
    text === 'method: mae'
      ? Promise.resolve(drawing('mae'))
      : new Promise((resolve) => waiting.set(text, resolve));
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  await server.edit('method: scarf');
  await until(() => waiting.has('method: scarf'));
  await page.locator('.preview-content.outdated table').waitFor();
  await page.getByText('Drawing').first().waitFor();

  await server.edit('method: vime');
  await until(() => waiting.has('method: vime') && server.previewsAsked[1]!.cancelled);
  waiting.get('method: vime')!(drawing('vime'));
  await page.getByText('vime: A third').waitFor();
  waiting.get('method: scarf')!(drawing('scarf')); // late, and not wanted any more
  await server.edit('method: mae');
  await page.getByText('mae: A third').waitFor();
  assert.equal(await page.getByText('scarf: A third').count(), 0);
  assert.equal(await page.locator('.outdated').count(), 0);
});

test('a mistake in the config is told in words, and its line can be opened', async (t) => {
  const server = previewServer();
  server.preview = async () => {
    throw new ResponseError<EditorFailure>(-32000, 'data.table: there is no file rows.csv.', {
      kind: 'input',
      file: configFile,
      line: 3,
    });
  };
  const panel = await session.open(t, server);
  if (!panel) return;
  await panel.page.getByRole('alert').getByText('data.table: there is no file rows.csv.').waitFor();
  await panel.page.getByRole('button', { name: 'Open line 3' }).click();
  await until(() => server.actions.length === 1);
  assert.deepEqual(server.actions, [{ action: 'openFile', file: configFile, line: 3 }]);

  server.preview = async () => drawing('vime');
  await server.edit('method: vime');
  await panel.page.getByText('vime: A third').waitFor();
  assert.equal(await panel.page.getByRole('alert').isVisible(), false);
});

test('the preview goes with the editor to another config', async (t) => {
  const server = previewServer();
  server.preview = async () => drawing('vime');
  const panel = await session.open(t, server);
  if (!panel) return;
  await server.edit('method: scarf', '/work space/other.selfsup.yaml');
  await panel.page.getByRole('heading', { name: 'Pretext task of other.selfsup.yaml' }).waitFor();
  await until(() => server.previewsAsked.at(-1)?.configFile === '/work space/other.selfsup.yaml');
  assert.equal((await panel.state()).configFile, '/work space/other.selfsup.yaml');
});

test('hidden tokens are marked; a guess carries a sign, its probability and what else was likely', async (t) => {
  const server = previewServer();
  server.preview = async () => ({
    method: 'mlm',
    summary: 'A third of the tokens is hidden.',
    took: 80,
    blocks: [
      {
        kind: 'text',
        texts: [
          {
            title: 'line 7',
            lines: [
              { title: 'text', pieces: [{ text: ' a small dog' }] },
              { title: 'seen', pieces: [{ text: ' a small' }, { text: ' [mask]', state: 'hidden' }] },
              {
                title: 'the untrained network',
                pieces: [
                  { text: ' a small' },
                  {
                    text: ' cat',
                    state: 'wrong',
                    guesses: [
                      { text: ' cat', probability: 0.44 },
                      { text: ' dog', probability: 0.31 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  await page.getByRole('heading', { name: 'line 7' }).waitFor();
  assert.deepEqual(await page.locator('.preview-text dt').allTextContents(), [
    'text',
    'seen',
    'the untrained network',
  ]);
  assert.deepEqual(await page.locator('.preview-text dd').allTextContents(), [
    'a small dog',
    'a small [mask]',
    'a small ✗wrong: cat 44 %',
  ]);
  assert.equal(await page.locator('mark.wrong').getAttribute('title'), 'cat 44 %, dog 31 %');
});
