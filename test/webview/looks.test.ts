import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PretextPreview } from '../../server/protocol/pretextPreview.ts';
import { findings, overflow } from './support/accessibility.ts';
import { FakeServer } from './support/fakeServer.ts';
import { simulatedPicture } from './support/pictures.ts';
import { keepScreenshot } from './support/screenshots.ts';
import { PanelSession } from './support/session.ts';
import { simulatedResults, simulatedRun } from './support/simulatedRun.ts';
import { themeNames } from './support/themes.ts';

/** Every view in every theme and in both widths: no finding of axe-core, no violation of the policy, a picture kept. */

const session = new PanelSession();
const tabs = ['curves', 'pictures', 'map', 'results', 'settings', 'log'] as const;

const longName =
  'digits-vicreg-with-a-name-that-somebody-made-of-all-the-settings-that-matter-to-them-seed=17';

const single = (source: string): FakeServer =>
  new FakeServer(source, [simulatedRun({ id: 'a' }, { results: simulatedResults() })]);
const several = (source: string): FakeServer =>
  new FakeServer(source, [
    simulatedRun({ id: 'a', state: 'finished' }, { results: simulatedResults() }),
    simulatedRun(
      {
        id: 'b',
        name: longName,
        verdict: {
          state: 'dimensionalCollapse',
          summary: 'RankMe of the projector is 3.1 of 256.',
          cause: 'The covariance term is too weak.',
          fix: 'Raise pretext.covariance to 1.',
        },
      },
      { level: 12 },
    ),
    simulatedRun(
      {
        id: 'c',
        name: 'byol',
        state: 'failed',
        reason: 'The loss is no number since step 41.',
        resumable: true,
      },
      { level: 20, steps: 140 },
    ),
  ]);

for (const theme of themeNames) {
  for (const width of [1000, 320]) {
    for (const [name, make] of [
      ['one run', single],
      ['three runs', several],
    ] as const) {
      test(`${name}, ${theme}, ${width} px: accessible, within the policy, nothing cut off`, async (t) => {
        const panel = await session.open(t, make(session.source), { theme, width });
        if (!panel) return;
        const { page, problems } = panel;
        const found: string[] = [];
        // The head is the same beside all tabs, and what one run shows three do too; widths do not change colours.
        const check = async (tab: string): Promise<string[]> => {
          if (width < 1000 || (theme !== 'dark' && name === 'one run')) return [];
          return findings(page, theme, tab === tabs[0] ? 'body' : `#view-${tab}`);
        };
        for (const tab of tabs) {
          await page.locator(`#tab-${tab}`).click();
          await page.locator(`#view-${tab}`).waitFor({ state: 'visible' });
          if (tab === 'pictures') await page.locator('.picture').first().waitFor({ state: 'visible' });
          if (tab === 'map') await page.locator('.map-words', { hasText: 'PCA of' }).waitFor();
          if (tab === 'settings') await page.locator('#view-settings pre, #view-settings table').waitFor();
          await keepScreenshot(page, `${name.replace(' ', '-')}-${theme}-${width}-${tab}`);
          found.push(...(await check(tab)).map((text) => `${tab}: ${text}`));
          const wider = await overflow(page);
          if (wider > 0) found.push(`${tab} is ${wider} px wider than the window`);
        }
        assert.deepEqual([...found, ...problems], []);
      });
    }
  }
}

/** Texts with a mask and guesses. */
function readTexts(): PretextPreview['blocks'] {
  const guesses = [{ text: ' dog', probability: 0.44 }];
  return [
    {
      kind: 'text',
      texts: ['line 7', 'a/folder/with/a/long/name/that/nobody/reads/0007.txt'].map((title) => ({
        title,
        lines: [
          { title: 'text', pieces: [{ text: ' a small dog that nobody has seen near the old mill' }] },
          { title: 'seen', pieces: [{ text: ' a small' }, { text: ' [mask]', state: 'hidden' }] },
          {
            title: 'step 1,200 of the run',
            pieces: [
              { text: ' a', state: 'wrong', guesses: [] },
              { text: ' dog', state: 'right', guesses },
            ],
          },
        ],
      })),
    },
  ];
}

async function previewOfImages(): Promise<PretextPreview> {
  const pictures = async (seed: number): Promise<string[]> =>
    Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const png = await simulatedPicture(seed + index, 1, 1);
        return `data:image/png;base64,${png.toString('base64')}`;
      }),
    );
  return {
    method: 'mae',
    summary: '75 % of the patches of 7 x 7 are hidden.',
    took: 420,
    blocks: [
      {
        kind: 'images',
        rows: [
          { title: 'Original', pictures: await pictures(1) },
          { title: 'Masked', detail: '12 of 16 patches hidden', pictures: await pictures(20) },
          { title: 'Restored', detail: 'untrained', pictures: await pictures(40) },
        ],
        sounds: Array.from({ length: 8 }, () => 'data:audio/wav;base64,AAAA'),
      },
      {
        kind: 'table',
        columns: ['age', 'income', 'a column with a very long name that nobody can read at once'],
        rows: Array.from({ length: 3 }, (_, row) => ({
          title: `row ${row + 1}`,
          cells: ['42', '1,200.50', 'north'].map((text, column) => ({ text, changed: column === row })),
        })),
      },
      ...readTexts(),
    ],
  };
}

for (const theme of themeNames) {
  for (const width of [1000, 320]) {
    test(`preview, ${theme}, ${width} px`, async (t) => {
      const configFile = '/work space/digits.selfsup.yaml';
      const server = new FakeServer(session.source, [], { view: 'preview', configFile });
      const drawn = await previewOfImages();
      server.preview = async () => drawn;
      const panel = await session.open(t, server, { theme, width });
      if (!panel) return;
      await panel.page.locator('.preview-pictures img').first().waitFor();
      await keepScreenshot(panel.page, `preview-${theme}-${width}`);
      if (width === 1000) assert.deepEqual(await findings(panel.page, theme), []);
      assert.ok((await overflow(panel.page)) <= 0);
      assert.deepEqual(panel.problems, []);
    });
  }
}

test('empty states in every tab', async (t) => {
  const server = new FakeServer(session.source, [simulatedRun({ id: 'a' }, { empty: true })]);
  const panel = await session.open(t, server);
  if (!panel) return;
  const { page } = panel;
  const says: Record<(typeof tabs)[number], RegExp> = {
    curves: /No curve yet/,
    pictures: /No picture yet/,
    map: /No embedding map yet/,
    results: /No results yet/,
    settings: /name: digits-vicreg/,
    log: /The log is empty/,
  };
  for (const tab of tabs) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#view-${tab}`).getByText(says[tab]).first().waitFor({ state: 'visible' });
    await keepScreenshot(page, `empty-dark-1000-${tab}`);
    assert.deepEqual(await findings(page, 'dark', `#view-${tab}`), [], tab);
  }
  assert.deepEqual(panel.problems, []);
});
