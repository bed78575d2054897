import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from './support/fakeServer.ts';
import { measureFrames } from './support/frames.ts';
import { PanelSession } from './support/session.ts';
import { simulatedRun } from './support/simulatedRun.ts';

/**
 * A million points. The figures are printed, not judged: how fast a machine draws says nothing about the code. With
 * SELFSUP_BENCH_SECONDS=60 the stream takes that long instead of as little as it can.
 */

const session = new PanelSession();
const seconds = Number(process.env.SELFSUP_BENCH_SECONDS ?? 0);

test('a million points stream in, and the whole curve is there', async (t) => {
  const panel = await session.open(t, new FakeServer(session.source, [simulatedRun({ id: 'a' })]));
  if (!panel) return;
  const { page } = panel;
  const stream = { deltas: 100, points: 10_000, pace: (seconds * 1000) / 100, from: 201 };
  const { frames, median, p95, max, blocked, seconds: took } = await measureFrames(page, stream);
  const round = (value: number): number => Math.round(value * 10) / 10;
  t.diagnostic(
    `1,000,000 points in ${round(took)} s: ${frames} frames, median ${round(median)} ms, p95 ${round(p95)} ms, ` +
      `longest ${round(max)} ms, blocked ${round(blocked)} ms`,
  );
  await page
    .getByText(/Loss\. loss: 1,000,200 points, from .* at step 1 to .* at step 1,000,200;/)
    .waitFor({ state: 'attached' });
  const held = Number(await page.getByRole('slider', { name: 'Loss, cursor' }).getAttribute('aria-valuemax'));
  assert.ok(held > 500 && held < 5000, `${held} points are held`);
  assert.deepEqual(panel.problems, []);
});
