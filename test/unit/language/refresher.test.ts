import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Refresher } from '../../../server/language/refresher.ts';

/** Asks a while after it was told, and waits anew each time it is told again, as VS Code does. */
class Editor {
  readonly told: number[] = [];
  readonly asked: number[] = [];
  readonly refresher = new Refresher(() => this.hear(), 500);
  private waiting: NodeJS.Timeout | undefined;

  /** @param wait milliseconds until it asks; never when undefined. */
  constructor(readonly wait?: number) {}

  private hear(): void {
    this.told.push(Date.now());
    clearTimeout(this.waiting);
    if (this.wait !== undefined) this.waiting = setTimeout(() => this.ask(), this.wait);
  }

  ask(): void {
    this.asked.push(Date.now());
    this.refresher.asked();
  }
}

/** Time goes by; in steps, so that timers that are set meanwhile come in time, too. */
function pass(t: TestContext, milliseconds: number): void {
  for (let time = 0; time < milliseconds; time += 100) t.mock.timers.tick(100);
}

/** Something changes ten times a second. */
function changes(t: TestContext, editor: Editor, milliseconds: number): void {
  for (let time = 0; time < milliseconds; time += 100) {
    editor.refresher.request();
    t.mock.timers.tick(100);
  }
}

for (const wait of [0, 300, 2000]) {
  test(`an editor that waits ${wait} ms before it asks is kept up to date by what changes all the time`, (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    const editor = new Editor(wait);
    changes(t, editor, 60_000);
    const each = editor.asked.slice(1).map((time, index) => time - editor.asked[index]!);
    assert.ok(Math.max(...each) <= 500 + wait + 100, `asked every ${each} ms`);
    assert.ok(editor.asked.at(-1)! > 57_000);
    editor.refresher.dispose();
  });
}

test('the last change is told too, and nothing after it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const editor = new Editor(300);
  changes(t, editor, 1000);
  pass(t, 5000);
  assert.ok(editor.asked.at(-1)! >= 1000, `${editor.asked}`);
  const before = editor.told.length;
  pass(t, 60_000);
  assert.equal(editor.told.length, before);
});

test('an editor that shows no config is told rarely', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const editor = new Editor();
  changes(t, editor, 60_000);
  assert.equal(editor.told.length, 6);
  editor.refresher.dispose();
});
