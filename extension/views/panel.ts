import { randomBytes } from 'node:crypto';
import path from 'node:path';
import {
  type Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  Uri,
  type ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import {
  type PanelAction,
  type PanelStart,
  type PanelState,
  panelVersion,
} from '../../server/protocol/panel.ts';
import { panelViewType, previewViewType } from '../ids.ts';
import type { RunsModel } from '../runs/runsModel.ts';
import { panelHtml } from './panelHtml.ts';
import { PanelRelay, type PanelServer } from './panelRelay.ts';
import { panelTitle } from './panelState.ts';

/** What a panel needs of the host. */
export interface PanelDeps {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: PanelServer;
  readonly runs: RunsModel;
  readonly act: (action: PanelAction) => Promise<void>;
}

const viewTypes = { runs: panelViewType, preview: previewViewType } as const;

/** A script that has not spoken by then never will. */
const readyWithinMs = 8000;

/** One webview panel and its line to the server. */
export class Panel implements Disposable {
  readonly #deps: PanelDeps;
  readonly #panel: WebviewPanel;
  readonly #relay: PanelRelay;
  readonly #subscriptions: Disposable[];
  #state: PanelState;
  #roots: readonly string[] = [];
  #visible = true;
  #watchdog: NodeJS.Timeout | undefined;
  #onDispose: (() => void) | undefined;
  #onReady: (() => void) | undefined;
  #onFollow: (() => void) | undefined;

  /** Opens a new panel. */
  static create(deps: PanelDeps, state: PanelState, column: ViewColumn): Panel {
    const panel = window.createWebviewPanel(viewTypes[state.view], 'Selfsup', {
      viewColumn: column,
      preserveFocus: state.view === 'preview',
    });
    return new Panel(deps, panel, state);
  }

  /** Takes over a panel that the editor kept over a reload. */
  constructor(deps: PanelDeps, panel: WebviewPanel, state: PanelState) {
    this.#deps = deps;
    this.#panel = panel;
    this.#state = state;
    this.#relay = new PanelRelay(deps.server, {
      post: (message) => panel.webview.postMessage(message),
      start: () => this.#start(),
      ready: (version) => this.#ready(version),
      act: deps.act,
    });
    const media = Uri.joinPath(deps.context.extensionUri, 'media');
    panel.iconPath = {
      light: Uri.joinPath(media, 'file-light.svg'),
      dark: Uri.joinPath(media, 'file-dark.svg'),
    };
    this.#subscriptions = [
      this.#relay,
      panel.webview.onDidReceiveMessage((message) => this.#relay.receive(message)),
      panel.onDidChangeViewState(() => this.#follow()),
      panel.onDidDispose(() => this.#disposed()),
      deps.runs.onDidChange(() => this.#allowRunFolders()),
    ];
    this.#retitle();
    this.#load();
  }

  get state(): PanelState {
    return this.#state;
  }

  onDispose(listener: () => void): void {
    this.#onDispose = listener;
  }

  /** Called each time the panel's page has started. */
  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  /** Called when another config is to be previewed. */
  onFollow(listener: () => void): void {
    this.#onFollow = listener;
  }

  /** Shows these runs. */
  show(runs: readonly string[]): void {
    this.#state = { ...this.#state, runs };
    this.#retitle();
    this.#panel.reveal(undefined, false);
    this.#relay.show(runs);
  }

  /** Previews this config from now on. */
  follow(configFile: string): void {
    if (configFile === this.#state.configFile) return;
    this.#state = { ...this.#state, configFile };
    this.#retitle();
    this.#onFollow?.();
  }

  /** The text of the previewed config is this. */
  configChanged(configFile: string, text: string): void {
    this.#relay.configChanged(configFile, text);
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #load(): void {
    const { webview } = this.#panel;
    const dist = Uri.joinPath(this.#deps.context.extensionUri, 'dist', 'webview');
    const address = (file: string): string => webview.asWebviewUri(Uri.joinPath(dist, file)).toString();
    this.#roots = this.#runFolders();
    webview.options = {
      enableScripts: true,
      localResourceRoots: [dist, ...this.#roots.map((folder) => Uri.file(folder))],
    };
    webview.html = panelHtml({
      title: this.#panel.title,
      script: address('panel.js'),
      style: address('panel.css'),
      worker: address('umapWorker.js'),
      source: webview.cspSource,
      nonce: randomBytes(16).toString('base64'),
    });
    this.#watch();
  }

  /** Folders with runs: what the panel may load pictures from. */
  #runFolders(): string[] {
    const workspaces = (workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => path.join(uri.fsPath, '.selfsup', 'runs'));
    return [
      ...new Set([...workspaces, ...this.#deps.runs.all.map(({ folder }) => path.dirname(folder))]),
    ].sort();
  }

  /** A run in a new place: the page is loaded again, because what it may load is fixed when it is. */
  #allowRunFolders(): void {
    this.#retitle();
    if (this.#runFolders().some((folder) => !this.#roots.includes(folder))) this.#load();
  }

  #start(): PanelStart {
    const root = this.#panel.webview.asWebviewUri(Uri.file('/')).toString();
    return { ...this.#state, filesUri: root.replace(/\/$/, '') };
  }

  #ready(version: number): void {
    clearTimeout(this.#watchdog);
    setImmediate(() => this.#onReady?.());
    if (version !== panelVersion)
      this.#deps.log.error(`The panel speaks version ${version}, not ${panelVersion}.`);
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#late(), readyWithinMs);
  }

  async #late(): Promise<void> {
    if (!this.#panel.visible) return;
    this.#deps.log.warn(`The panel was not ready within ${readyWithinMs / 1000} s.`);
    const chosen = await window.showWarningMessage('The Selfsup panel did not start.', 'Reload', 'Show Logs');
    if (chosen === 'Reload') this.#load();
    if (chosen === 'Show Logs') this.#deps.log.show();
  }

  /** The editor destroys the page of a hidden panel and loads it again when it is shown. */
  #follow(): void {
    if (this.#panel.visible === this.#visible) return;
    this.#visible = this.#panel.visible;
    if (this.#visible) this.#watch();
    else {
      clearTimeout(this.#watchdog);
      this.#relay.hide();
    }
  }

  #retitle(): void {
    const title = panelTitle(this.#state, (id) => this.#deps.runs.get(id)?.name);
    if (title !== this.#panel.title) this.#panel.title = title;
  }

  #disposed(): void {
    clearTimeout(this.#watchdog);
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#onDispose?.();
  }
}
