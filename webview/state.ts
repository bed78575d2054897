import type { PanelState } from '../server/protocol/panel.ts';

/** What the reader arranged. Kept across hiding and reloading; never holds anything that the host knows. */
export interface UiState extends PanelState {
  readonly version: 1;
  /** The runs that the host wanted shown; `runs` lacks those that the reader took out. */
  readonly offered: readonly string[];
  readonly tab: Tab;
  readonly axis: Axis;
  readonly logScale: boolean;
  /** 0 (none) .. 1 */
  readonly smoothing: number;
  readonly zoom: Zoom | null;
  /** Curves switched off in the legends: "<run>/<series>". */
  readonly hiddenCurves: readonly string[];
  readonly moreCharts: boolean;
  /** Step of the pictures; null follows the latest. */
  readonly picture: number | null;
  /** Step of the embedding map; null follows the latest. */
  readonly map: number | null;
  readonly projection: 'pca' | 'umap';
  readonly previewSamples: number;
}

export const tabs = ['curves', 'pictures', 'map', 'results', 'settings', 'log'] as const;
export type Tab = (typeof tabs)[number];

export const axes = ['step', 'epoch', 'time'] as const;
export type Axis = (typeof axes)[number];

export interface Zoom {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

export const defaultState: UiState = {
  version: 1,
  view: 'runs',
  runs: [],
  offered: [],
  tab: 'curves',
  axis: 'step',
  logScale: false,
  smoothing: 0,
  zoom: null,
  hiddenCurves: [],
  moreCharts: false,
  picture: null,
  map: null,
  projection: 'pca',
  previewSamples: 8,
};

/** Takes over what still makes sense of a stored state, which an older version of the panel may have written. */
export function restoreState(stored: unknown): UiState {
  if (typeof stored !== 'object' || stored === null || !('version' in stored)) return defaultState;
  if (stored.version !== defaultState.version) return defaultState;
  const found = stored as Partial<UiState>;
  const state = { ...defaultState, ...found };
  return {
    ...state,
    tab: tabs.includes(state.tab) ? state.tab : defaultState.tab,
    axis: axes.includes(state.axis) ? state.axis : defaultState.axis,
    smoothing: state.smoothing >= 0 && state.smoothing < 1 ? state.smoothing : 0,
    zoom: state.zoom && state.zoom.axis === state.axis ? state.zoom : null,
  };
}

/** The state, where it is kept, and who wants to know. */
export class UiStore {
  private state: UiState;

  constructor(private readonly storage: { getState(): unknown; setState(state: UiState): unknown }) {
    this.state = restoreState(storage.getState());
  }

  get(): UiState {
    return this.state;
  }

  /** The host wants these runs shown. What the reader took out of the same ones before stays out. */
  offer(runs: readonly string[]): void {
    if (runs.join('\n') !== this.state.offered.join('\n')) this.update({ offered: runs, runs });
  }

  update(changes: Partial<UiState>): void {
    this.state = { ...this.state, ...changes };
    this.storage.setState(this.state);
  }
}
