import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TextBlock } from '../../server/protocol/pretextPreview.ts';
import type { Result, Variant } from '../../server/protocol/run.ts';
import type { RunSnapshot } from '../../server/protocol/runView.ts';
import { findings, overflow } from './support/accessibility.ts';
import { FakeServer } from './support/fakeServer.ts';
import { keepScreenshot } from './support/screenshots.ts';
import { PanelSession } from './support/session.ts';
import { simulatedResults, simulatedRun } from './support/simulatedRun.ts';
import { themeNames } from './support/themes.ts';

/** What only some runs show: found objects, regression, texts with guesses, sounds; in every theme and in both widths. */

const session = new PanelSession();

const measured = (
  metric: Result['metric'],
  values: Readonly<Partial<Record<Variant, readonly number[]>>>,
  labels: readonly Result['labelsPerClass'][],
  more: (variant: Variant, index: number) => Partial<Result> = () => ({}),
): Result[] =>
  Object.entries(values).flatMap(([variant, each]) =>
    each.map((value, index) => ({
      stage: 'downstream',
      metric,
      variant: variant as Variant,
      split: 'test',
      labelsPerClass: labels[index]!,
      value,
      std: 0.02 * value,
      draws: 3,
      protocol: 'fine-tuned for 600 updates, mean of 3 draws',
      ...more(variant as Variant, index),
    })),
  );

const classes = ['digit 0', 'digit 1', 'traffic light with an arrow that points to the left, switched off'];

function detection(): Result[] {
  const fitted = { fitted: 'finetune' } as const;
  const found = (variant: Variant, index: number): Partial<Result> => ({
    ...fitted,
    perClass: Object.fromEntries(classes.map((name, i) => [name, 0.9 - 0.1 * i - 0.2 * (1 - index)])),
    ...(index === 1 && { picture: `detections/${variant}-200.png` }),
  });
  return [
    ...measured('ap50', { pretrained: [0.764, 0.867], supervised: [0.714, 0.851] }, [50, 200], found),
    ...measured('ap', { pretrained: [0.41, 0.52], supervised: [0.36, 0.5] }, [50, 200], () => fitted),
  ];
}

function regression(): Result[] {
  const values = {
    pretrained: [0.61, 0.78, 0.83],
    rawInput: [0.55, 0.77, 0.84],
    randomEncoder: [0.31, 0.6, 0.7],
  };
  const errors = {
    pretrained: [512, 377, 329.6],
    rawInput: [540, 381, 321.04],
    randomEncoder: [661, 509, 440],
  };
  const labels = [5, 20, 'all'] as const;
  const task = () => ({ fitted: 'linearProbe', target: 'body_mass_g' }) as const;
  return [...measured('r2', values, labels, task), ...measured('rmse', errors, labels, task)];
}

function guesses(step: number): TextBlock {
  const probability = step / 200;
  return {
    kind: 'text',
    texts: ['glosses.csv, row 12', 'a/folder/with/a/long/name/that/nobody/reads/0007.txt'].map((title) => ({
      title,
      lines: [
        { title: 'text', pieces: [{ text: 'any of several large cats that live in the forests of Asia' }] },
        {
          title: 'seen',
          pieces: [
            { text: 'any of several large' },
            { text: ' [mask]', state: 'hidden' },
            { text: ' that live' },
          ],
        },
        {
          title: 'guessed',
          pieces: [
            {
              text: ' cats',
              state: 'right',
              guesses: [
                { text: ' cats', probability },
                { text: ' dogs', probability: (1 - probability) / 2 },
              ],
            },
            { text: ' trees', state: 'wrong', guesses: [{ text: ' trees', probability: 0.3 }] },
          ],
        },
      ],
    })),
  };
}

interface Kind {
  readonly run: (bare: RunSnapshot) => RunSnapshot;
  readonly tab: 'results' | 'pictures';
  /** What is waited for. */
  readonly shown: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  detection: {
    run: (bare) => ({ ...bare, results: detection() }),
    tab: 'results',
    shown: '.found-objects table',
  },
  regression: { run: (bare) => ({ ...bare, results: regression() }), tab: 'results', shown: '.data-table' },
  texts: {
    run: (bare) => ({
      ...bare,
      previews: bare.previews.map(({ step }) => ({
        step,
        file: `previews/${step}.json`,
        block: guesses(step),
      })),
    }),
    tab: 'pictures',
    shown: '.pictures table, .pictures section',
  },
  sounds: {
    run: (bare) => ({
      ...bare,
      results: simulatedResults(),
      previews: bare.previews.map((preview) => ({
        ...preview,
        rows: ['spectrogram', 'masked', 'restored'],
        sounds: Array.from({ length: 8 }, (_, i) => `previews/sounds/${i}.wav`),
      })),
    }),
    tab: 'pictures',
    shown: '.sounds button',
  },
};

for (const [name, { run, tab, shown }] of Object.entries(kinds)) {
  for (const theme of themeNames) {
    for (const width of [1000, 320]) {
      test(`${name}, ${theme}, ${width} px: accessible, within the policy, nothing cut off`, async (t) => {
        const server = new FakeServer(session.source, [run(simulatedRun({ id: 'a' }))]);
        const panel = await session.open(t, server, { theme, width });
        if (!panel) return;
        const { page, problems } = panel;
        await page.locator(`#tab-${tab}`).click();
        await page.locator(`#view-${tab}`).locator(shown).first().waitFor({ state: 'visible' });
        await keepScreenshot(page, `${name}-${theme}-${width}`);
        if (width === 1000) assert.deepEqual(await findings(page, theme, `#view-${tab}`), []);
        assert.ok((await overflow(page)) <= 0, 'no wider than the window');
        assert.deepEqual(problems, []);
      });
    }
  }
}
