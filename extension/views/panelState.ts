import path from 'node:path';
import type { PanelState } from '../../server/protocol/panel.ts';

/** What a panel kept over a reload of the window; anything else than expected is passed over. */
export function restoredState(view: PanelState['view'], kept: unknown): PanelState {
  const { runs, configFile } = (kept !== null && typeof kept === 'object' ? kept : {}) as Partial<
    Record<string, unknown>
  >;
  return {
    view,
    runs: Array.isArray(runs) ? runs.filter((run) => typeof run === 'string') : [],
    ...(typeof configFile === 'string' && { configFile }),
  };
}

/** The title of the panel's tab. */
export function panelTitle(state: PanelState, nameOf: (run: string) => string | undefined): string {
  if (state.view === 'preview') {
    if (state.configFile === undefined) return 'Preview';
    return `Preview: ${path.basename(state.configFile).replace(/\.selfsup\.ya?ml$/i, '')}`;
  }
  const [first, ...more] = state.runs;
  if (first === undefined) return 'Selfsup';
  const name = nameOf(first) ?? first;
  return more.length > 0 ? `${name} and ${more.length} more` : name;
}
