import { Disposable, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { PanelState } from '../../server/protocol/panel.ts';
import { panelViewType, previewViewType } from '../ids.ts';
import type { Panel, PanelDeps } from './panel.ts';
import { restoredState } from './panelState.ts';
import { followConfig } from './preview.ts';

/** The two panels there can be: one for runs, one for the preview of a pretext task. Both come back after a reload. */
export class Panels implements Disposable {
  readonly #deps: PanelDeps;
  readonly #subscriptions: Disposable[];
  #runs: Panel | undefined;
  #preview: Panel | undefined;

  constructor(deps: PanelDeps) {
    this.#deps = deps;
    this.#subscriptions = [
      window.registerWebviewPanelSerializer(panelViewType, this.#serializer('runs')),
      window.registerWebviewPanelSerializer(previewViewType, this.#serializer('preview')),
      new Disposable(() => this.#runs?.dispose()),
      new Disposable(() => this.#preview?.dispose()),
    ];
  }

  /** Shows runs, the most important first; without any, what was shown before or the newest. */
  async showRuns(runs: readonly string[]): Promise<void> {
    const { Panel } = await import('../onDemand.ts');
    if (this.#runs) {
      this.#runs.show(runs.length > 0 ? runs : this.#runs.state.runs);
      return;
    }
    const newest = this.#deps.runs.live[0] ?? this.#deps.runs.all[0];
    const shown = runs.length > 0 ? runs : newest ? [newest.id] : [];
    this.#adopt(Panel.create(this.#deps, { view: 'runs', runs: shown }, beside()));
  }

  /** Shows the pretext task of a config and redraws it while the config is edited. */
  async showPreview(configFile: string): Promise<void> {
    const { Panel } = await import('../onDemand.ts');
    if (this.#preview) {
      this.#preview.reveal();
      this.#preview.follow(configFile);
    } else {
      this.#adopt(Panel.create(this.#deps, { view: 'preview', runs: [], configFile }, ViewColumn.Beside));
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #serializer(view: PanelState['view']) {
    return {
      deserializeWebviewPanel: async (panel: WebviewPanel, kept: unknown): Promise<void> => {
        const { Panel } = await import('../onDemand.ts');
        this.#adopt(new Panel(this.#deps, panel, restoredState(view, kept)));
      },
    };
  }

  #adopt(panel: Panel): void {
    const { view } = panel.state;
    if (view === 'runs') {
      this.#runs = panel;
      panel.onDispose(() => {
        if (this.#runs === panel) this.#runs = undefined;
      });
      return;
    }
    const following = followConfig(panel);
    this.#preview = panel;
    panel.onDispose(() => {
      following.dispose();
      if (this.#preview === panel) this.#preview = undefined;
    });
  }
}

/** Beside the text that is being edited; in its place when there is none. */
function beside(): ViewColumn {
  return window.activeTextEditor === undefined ? ViewColumn.Active : ViewColumn.Beside;
}
