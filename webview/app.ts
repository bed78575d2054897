import {
  type PanelAction,
  type PanelStart,
  panelActionRequest,
  runFileUri,
} from '../server/protocol/panel.ts';
import type { HostConnection } from './rpc.ts';
import type { RunModel } from './runs/runModel.ts';
import type { UiStore } from './state.ts';

/** What every part of the panel may use. */
export class App {
  constructor(
    readonly connection: HostConnection,
    readonly store: UiStore,
    readonly start: PanelStart,
  ) {}

  /** Asks the editor to do something. What fails is told by the editor. */
  readonly act = (action: PanelAction): void => {
    this.connection.sendRequest(panelActionRequest, action).catch(() => undefined);
  };

  /** Where a file of a run is loaded from. */
  fileUri(run: RunModel, file: string): string {
    return runFileUri(this.start, run.summary.folder, file);
  }
}

/** What went wrong, as the server put it for people. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
