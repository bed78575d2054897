import assert from 'node:assert/strict';
import { test } from 'node:test';
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
