import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redraw } from '../../../webview/redraw.ts';
import { defaultState, restoreState, UiStore } from '../../../webview/state.ts';

test('a stored state comes back; what does not make sense is left out', () => {
  assert.deepEqual(restoreState(undefined), defaultState);
  assert.deepEqual(restoreState({ version: 99, tab: 'log' }), defaultState);
  const kept = restoreState({ ...defaultState, tab: 'map', runs: ['a'], smoothing: 0.4, picture: 60 });
  assert.deepEqual([kept.tab, kept.runs, kept.smoothing, kept.picture], ['map', ['a'], 0.4, 60]);
  const broken = restoreState({
    ...defaultState,
    tab: 'nowhere',
    axis: 'wall',
    smoothing: 7,
    zoom: { axis: 'time', from: 1, to: 2 },
  });
  assert.deepEqual([broken.tab, broken.axis, broken.smoothing, broken.zoom], ['curves', 'step', 0, null]);
});

test('the store keeps every change, and nothing but what the reader arranged', () => {
  let stored: unknown;
  const storage = {
    getState: () => stored,
    setState: (state: unknown) => {
      stored = structuredClone(state);
    },
  };
  const store = new UiStore(storage);
  store.update({ runs: ['a', 'b'], tab: 'results' });
  store.update({ logScale: true });
  assert.deepEqual(new UiStore(storage).get(), {
    ...defaultState,
    runs: ['a', 'b'],
    tab: 'results',
    logScale: true,
  });
  assert.deepEqual(Object.keys(stored as object).sort(), Object.keys(defaultState).sort());
});

test('runs that the reader took out stay out, until the host offers others', () => {
  const store = new UiStore({ getState: () => undefined, setState: () => undefined });
  store.offer(['a', 'b']);
  store.update({ runs: ['b'] });
  store.offer(['a', 'b']);
  assert.deepEqual(store.get().runs, ['b']);
  store.offer(['a', 'c']);
  assert.deepEqual(store.get().runs, ['a', 'c']);
});

/** A clock that moves only when told. */
class FakeClock {
  time = 0;
  private readonly timers: { at: number; action: () => void }[] = [];
  private frames: (() => void)[] = [];

  now = (): number => this.time;
  later = (action: () => void, milliseconds: number): void => {
    this.timers.push({ at: this.time + milliseconds, action });
  };
  frame = (action: () => void): void => {
    this.frames.push(action);
  };

  advance(milliseconds: number): void {
    for (const end = this.time + milliseconds; this.time < end; this.time++) {
      for (const timer of this.timers.filter(({ at }) => at === this.time)) timer.action();
      if (this.time % 16 !== 0) continue;
      const due = this.frames;
      this.frames = [];
      for (const action of due) action();
    }
  }
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
