import assert from 'node:assert/strict';
import test from 'node:test';
import { Delivery } from '../../../extension/views/delivery.ts';

test('the editor is told of what it holds differently, and of nothing else', () => {
  const delivery = new Delivery();
  assert.equal(delivery.tell('run', 'running, 1 %', 0), false, 'it never asked');
  delivery.give('run', 'running, 1 %', 0);
  assert.equal(delivery.tell('run', 'running, 1 %', 0), false);
  assert.equal(delivery.tell('run', 'running, 2 %', 0), true);
  assert.equal(delivery.tell('run', 'running, 3 %', 500), false, 'when it asks it will be given the newest');
  delivery.give('run', 'running, 3 %', 500);
  assert.equal(delivery.tell('run', 'running, 3 %', 5000), false);
  assert.equal(delivery.tell('run', 'running, 4 %', 5000), true);
  delivery.give('run', 'running, 4 %', 5000);
  assert.equal(delivery.nextLook(5000), undefined);
});

test('what the editor was told of and did not ask for is told again, ever more rarely', () => {
  const delivery = new Delivery();
  delivery.give('config', 'a', 0);
  const told: number[] = [];
  const lost: boolean[] = [];
  for (let now = 0; now <= 200_000; ) {
    if (delivery.tell('config', 'b,a', now)) {
      told.push(now / 1000);
      lost.push(delivery.lost('config'));
    }
    const next = delivery.nextLook(now);
    assert.ok(next !== undefined && next > 0, 'always later: at once would be a loop');
    now += next;
  }
  assert.deepEqual(told, [0, 2, 6, 14, 30, 62, 122, 182]);
  assert.deepEqual(lost.slice(0, 4), [false, false, true, true]);
});

test('a node that is gone, or as it was before, is forgotten', () => {
  const delivery = new Delivery();
  delivery.give('run', 'running', 0);
  delivery.tell('run', 'finished', 0);
  assert.equal(delivery.nextLook(0), 2000);
  assert.equal(delivery.nextLook(3000), 1);
  assert.equal(delivery.nextLook(4000), undefined);
  assert.equal(delivery.lost('run'), false);
});

for (const slow of [50, 700, 15_000]) {
  test(`an editor that takes ${slow} ms for everything is never far behind`, () => {
    const editor = new Editor(slow);
    let now = 0;
    // A run trains for a minute, then a new one takes its place and trains on.
    for (; now < 60_000; now += 500) editor.hear(now, { config: 'a', a: `${now}` });
    for (; now < 120_000; now += 500) editor.hear(now, { config: 'b,a', a: 'superseded' });
    assert.ok(editor.longestQueue <= 4, `${editor.longestQueue} wait`);
    assert.deepEqual(editor.shows, { config: 'b,a', a: 'superseded' });
    const seen = editor.shownAt.get('config=b,a') ?? Number.NaN;
    assert.ok(seen - 60_000 <= 4 * slow + 500, `the new run is seen after ${seen - 60_000} ms`);
  });
}

/** Works off what it hears one after the other, as VS Code does, and asks for each node when its turn comes. */
class Editor {
  readonly shows: Record<string, string> = {};
  readonly shownAt = new Map<string, number>();
  longestQueue = 0;
  readonly #delivery = new Delivery();
  #queue: string[] = [];
  #free = 0;

  constructor(readonly slow: number) {}

  hear(now: number, tree: Record<string, string>): void {
    for (let done = this.#free; this.#queue.length > 0 && done <= now; done = this.#free) {
      const node = this.#queue.shift()!;
      this.#give(node, tree[node]!, now);
      this.#free = Math.max(done, now - 500) + this.slow;
    }
    for (const [node, text] of Object.entries(tree)) {
      if (this.shows[node] === undefined) this.#give(node, text, now);
      if (!this.#delivery.tell(node, text, now)) continue;
      if (this.#queue.length === 0) this.#free = Math.max(this.#free, now);
      this.#queue.push(node);
    }
    this.longestQueue = Math.max(this.longestQueue, this.#queue.length);
  }

  #give(node: string, text: string, now: number): void {
    this.#delivery.give(node, text, now);
    this.shows[node] = text;
    this.shownAt.set(`${node}=${text}`, now);
  }
}
