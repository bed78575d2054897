import {
  commands,
  Disposable,
  EventEmitter,
  type ExtensionContext,
  type LogOutputChannel,
  Uri,
  window,
  workspace,
} from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import {
  askRerunRequest,
  listRunsRequest,
  noticeNotification,
  type RunList,
  runsChangedNotification,
  runUpdatedNotification,
  trustedNotification,
} from '../server/protocol/editor.ts';
import { ServerClient, type ServerState } from './client.ts';
import { contextKeys } from './ids.ts';
import { showNotice } from './notices.ts';
import { act } from './panelActions.ts';
import { askRerun } from './rerun.ts';
import { RunsModel } from './runs/runsModel.ts';
import { atMostEvery } from './throttle.ts';
import type { PanelServer } from './views/panelRelay.ts';
import { Panels } from './views/panels.ts';
import { RunsTree } from './views/runsTree.ts';
import { createStatusBar } from './views/statusBar.ts';

/** The server reports ten times a second; nobody reads that fast, and the tree takes its time to draw. */
const drawMs = 500;

/**
 * Everything that lives as long as the extension. What lives only as long as one server is made in `#attach` and goes
 * with it.
 */
export class Context implements Disposable {
  readonly log: LogOutputChannel;
  readonly runs = new RunsModel();
  /** What is drawn: all of it at the same moments, so that no two places show different numbers. */
  readonly #drawn = new RunsModel();
  readonly server: ServerClient;
  readonly panels: Panels;
  readonly tree: RunsTree;

  readonly #notified = new EventEmitter<{ method: string; params: unknown }>();
  readonly #restarted = new EventEmitter<void>();
  readonly #subscriptions: Disposable[];
  #state: ServerState = 'stopped';

  constructor(extension: ExtensionContext) {
    this.log = window.createOutputChannel('Selfsup', { log: true });
    this.server = new ServerClient(extension, this.log, (client) => this.#attach(client));
    this.tree = new RunsTree(this.#drawn, extension.workspaceState, () => this.need());
    this.panels = new Panels({
      context: extension,
      log: this.log,
      server: this.#panelServer(),
      runs: this.runs,
      act: (action) => act(this.log, action),
    });
    const draw = atMostEvery(drawMs, () => this.#drawn.copy(this.runs));
    this.#subscriptions = [
      this.log,
      this.server,
      this.tree,
      this.panels,
      this.#notified,
      this.#restarted,
      createStatusBar(this.#drawn, this.server),
      this.runs.onDidChange(draw),
      { dispose: draw.cancel },
      this.server.onDidChangeState((state) => this.#follow(state)),
      workspace.onDidGrantWorkspaceTrust(() => this.server.notify(trustedNotification)),
      workspace.onDidChangeWorkspaceFolders(() => {
        if (this.#state !== 'stopped') this.#restart(); // the server learns its folders when it starts
      }),
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('selfsup.server.node') && this.#state !== 'stopped') this.#restart();
      }),
    ];
    this.#follow('stopped');
  }

  /** Somebody needs the server: starts it unless it runs or has failed for good. */
  need(): void {
    if (this.server.state === 'failed') return;
    this.server.start().catch(() => undefined); // start() has told the user
  }

  /** Starts the server if a folder of the workspace has runs: one of them may be training. */
  async needIfRuns(): Promise<void> {
    for (const { uri } of workspace.workspaceFolders ?? []) {
      const runs = Uri.joinPath(uri, '.selfsup', 'runs');
      const found = await workspace.fs.stat(runs).then(
        () => true,
        () => false,
      );
      if (found) {
        this.need();
        return;
      }
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** What hears one server, for as long as that one is there. */
  #attach(client: LanguageClient): Disposable {
    return Disposable.from(
      client.onNotification(runsChangedNotification, (change) => {
        this.runs.apply(change);
        this.#notified.fire({ method: runsChangedNotification.method, params: change });
      }),
      client.onNotification(runUpdatedNotification.method, (params) => {
        this.#notified.fire({ method: runUpdatedNotification.method, params });
      }),
      client.onNotification(noticeNotification, (notice) => {
        this.log.info(`Notice: ${notice.text}`);
        showNotice(notice).catch((error: unknown) => this.log.error(String(error)));
      }),
      client.onRequest(askRerunRequest, askRerun),
    );
  }

  #follow(state: ServerState): void {
    this.#state = state;
    commands.executeCommand('setContext', contextKeys.server, state);
    if (state === 'running') {
      this.#restarted.fire();
      this.#list();
    } else if (state === 'failed') this.runs.clear();
  }

  async #list(): Promise<void> {
    try {
      this.runs.reset(await this.server.request<RunList>(listRunsRequest));
    } catch (error) {
      this.log.error('The runs could not be listed.', error);
    }
  }

  #restart(): void {
    this.server.restart().catch(() => undefined); // start() has told the user
  }

  #panelServer(): PanelServer {
    return {
      request: (type, params, token) => this.server.request(type, params, token),
      notify: (type, params) => this.server.notify(type, params),
      onNotification: this.#notified.event,
      onRestarted: this.#restarted.event,
    };
  }
}
