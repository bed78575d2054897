import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from './support/fakeServer.ts';
import { PanelSession } from './support/session.ts';
import { simulatedRun } from './support/simulatedRun.ts';

const session = new PanelSession();

test('a page whose script does not start says so, after a while', async (t) => {
  const panel = await session.openWithoutScript(t, new FakeServer(session.source, []));
  if (!panel) return;
  const words = panel.page.locator('#late');
  assert.equal(await words.isVisible(), false);
  // Lets the while pass.
  await panel.page.evaluate(() => {
    for (const animation of document.getAnimations()) animation.finish();
  });
  assert.equal(await words.isVisible(), true);
  assert.match((await words.textContent()) ?? '', /did not start/);
});

test('a page whose script starts has no such words', async (t) => {
  const panel = await session.open(t, new FakeServer(session.source, [simulatedRun({ id: 'a' })]));
  if (!panel) return;
  assert.equal(await panel.page.locator('#late').count(), 0);
  assert.deepEqual(panel.problems, []);
});
