import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, Redraw } from '../../../webview/redraw.ts';

/** A clock that moves only when told, and when something is painted. */
class FakeClock implements Clock {
  time = 0;
  private timers: { readonly at: number; readonly action: () => void }[] = [];
  private frames: (() => void)[] = [];

  /** @param paint how long a frame is painted after what was drawn in it (ms). */
  constructor(readonly paint = 0) {}

  now = (): number => this.time;
  later = (action: () => void, milliseconds: number): void => {
    this.timers.push({ at: this.time + Math.max(milliseconds, 0), action });
  };
  frame = (action: () => void): void => {
    this.frames.push(action);
  };

  advance(milliseconds: number): void {
    for (const end = this.time + milliseconds; this.time < end; this.time++) {
      const due = this.timers.filter(({ at }) => at <= this.time);
      this.timers = this.timers.filter(({ at }) => at > this.time);
      for (const { action } of due) action();
      if (this.time % 16 !== 0 || this.frames.length === 0) continue;
      const frames = this.frames;
      this.frames = [];
      for (const action of frames) action();
      this.time += this.paint;
    }
  }
}

/** How often is drawn in ten seconds of changes at every millisecond. */
function drawings(paint: number): number {
  const clock = new FakeClock(paint);
  let drawn = 0;
  const redraw = new Redraw<string>(() => drawn++, clock);
  while (clock.time < 10_000) {
    redraw.request('series');
    clock.advance(1);
  }
  return drawn;
}

test('changes are gathered and drawn at most ten times a second', () => {
  const clock = new FakeClock();
  const drawn: string[][] = [];
  const redraw = new Redraw<string>((changed) => drawn.push([...changed].sort()), clock);
  for (let i = 0; i < 1000; i++) {
    redraw.request(i % 2 === 0 ? 'series' : 'log');
    clock.advance(1);
  }
  assert.ok(drawn.length >= 8 && drawn.length <= 10, `${drawn.length} times`);
  assert.deepEqual(drawn.at(-1), ['log', 'series']);
});

test('what was requested is drawn once, and nothing after it', () => {
  const clock = new FakeClock();
  const drawn: string[][] = [];
  const redraw = new Redraw<string>((changed) => drawn.push([...changed]), clock);
  redraw.request('series');
  assert.deepEqual(drawn, []);
  clock.advance(200);
  assert.deepEqual(drawn, [['series']]);
  clock.advance(1000);
  assert.equal(drawn.length, 1);
});

test('what is requested while something is painted is drawn after it', () => {
  const clock = new FakeClock(50);
  const drawn: string[][] = [];
  const redraw = new Redraw<string>((changed) => {
    drawn.push([...changed]);
    if (drawn.length === 1) redraw.request('log');
  }, clock);
  redraw.request('series');
  clock.advance(1000);
  assert.deepEqual(drawn, [['series'], ['log']]);
});

test('a drawing that fails is not the last one', () => {
  const clock = new FakeClock();
  let tried = 0;
  const redraw = new Redraw<string>(() => {
    tried++;
    throw new Error('no canvas');
  }, clock);
  for (const _ of [1, 2]) {
    redraw.request('series');
    assert.throws(() => clock.advance(200), /no canvas/);
    clock.advance(200);
  }
  assert.equal(tried, 2);
});

test('where painting is slow, three quarters of the time are left to others', () => {
  const quick = drawings(10);
  assert.ok(quick >= 80 && quick <= 100, `${quick} drawings of 10 ms`);
  const slow = drawings(100);
  assert.ok(slow >= 20 && slow <= 25, `${slow} drawings of 100 ms`);
});

test('however slow it is, there is something new every few seconds', () => {
  const slowest = drawings(1500);
  assert.ok(slowest >= 2, `${slowest} drawings of 1500 ms`);
});
