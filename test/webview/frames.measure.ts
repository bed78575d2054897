import { test } from 'node:test';
import { measured } from '../support/measured.ts';
import { FakeServer } from './support/fakeServer.ts';
import { measureFrames } from './support/frames.ts';
import { PanelSession } from './support/session.ts';
import { simulatedRun } from './support/simulatedRun.ts';

/** How smooth the panel stays while a million points come in, at ten messages a second. */
const session = new PanelSession();

test('frames while a million points stream', async (t) => {
  const panel = await session.open(t, new FakeServer(session.source, [simulatedRun({ id: 'a' })]));
  if (!panel) return;
  const stream = { deltas: 100, points: 10_000, pace: 100, from: 201 };
  measured('frames', { points: stream.deltas * stream.points, ...(await measureFrames(panel.page, stream)) });
});
