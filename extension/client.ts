import path from 'node:path';
import {
  type Disposable,
  EventEmitter,
  type ExtensionContext,
  type LogOutputChannel,
  window,
  workspace,
} from 'vscode';
import type { CancellationToken, ErrorHandler, LanguageClient, State } from 'vscode-languageclient/node';
import type { ServerOptions } from '../server/protocol/editor.ts';
import { CrashPolicy, endText, type ProcessEnd } from './crashPolicy.ts';
import { oneRunningOneQueued } from './restartQueue.ts';
import { serverNode } from './settings.ts';

export type ServerState = 'stopped' | 'starting' | 'running' | 'failed';

type OnDemand = typeof import('./onDemand.ts');

/**
 * The language server, started when it is first needed. Whoever wants to hear the server registers through `attach`,
 * which is called for each new client and whose result is disposed with it.
 */
export class ServerClient implements Disposable {
  readonly #context: ExtensionContext;
  readonly #log: LogOutputChannel;
  readonly #attach: (client: LanguageClient) => Disposable;
  readonly #stateChanged = new EventEmitter<ServerState>();
  #client: LanguageClient | undefined;
  #attached: Disposable | undefined;
  /** Configs that change on the disk may be extended by open ones. */
  readonly #configs = workspace.createFileSystemWatcher('**/*.selfsup.{yaml,yml}');
  #starting: Promise<LanguageClient> | undefined;
  #state: ServerState = 'stopped';
  #process: LanguageClient['serverProcess'];
  #crashes = new CrashPolicy();
  /** The crash policy has given up. */
  #failed = false;

  readonly onDidChangeState = this.#stateChanged.event;

  constructor(
    context: ExtensionContext,
    log: LogOutputChannel,
    attach: (client: LanguageClient) => Disposable,
  ) {
    this.#context = context;
    this.#log = log;
    this.#attach = attach;
  }

  get state(): ServerState {
    return this.#state;
  }

  /** The running server's process, for tests and the log. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the server unless it runs. Rejects, after telling the user, when it cannot be started. */
  start(): Promise<LanguageClient> {
    this.#starting ??= this.#launch().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** Ends the server and starts a new one. Asked for several times in a row it restarts at most twice. */
  readonly restart = oneRunningOneQueued(async () => {
    await this.stop();
    this.#crashes = new CrashPolicy();
    await this.start();
  });

  async stop(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    const client = this.#client;
    this.#release();
    try {
      await client?.dispose();
    } catch (error) {
      this.#log.debug('The server did not end in time.', error);
    }
    this.#setState('stopped');
  }

  /** Asks the server, which is started if need be. */
  async request<R>(
    type: { readonly method: string },
    params?: unknown,
    token?: CancellationToken,
  ): Promise<R> {
    const client = await this.start();
    return params === undefined
      ? client.sendRequest<R>(type.method, token)
      : client.sendRequest<R>(type.method, params, token);
  }

  /** Tells the server something, if there is one. */
  notify(type: { readonly method: string }, params?: unknown): void {
    if (this.#state !== 'running') return;
    this.#client
      ?.sendNotification(type.method, params)
      .catch((error: unknown) => this.#log.debug(String(error)));
  }

  dispose(): void {
    this.#configs.dispose();
    this.#stateChanged.dispose();
  }

  async #launch(): Promise<LanguageClient> {
    const lsp = await import('./onDemand.ts');
    const client = this.#create(lsp);
    this.#client = client;
    client.onDidChangeState(({ newState }) => {
      if (client === this.#client) this.#follow(newState, lsp);
    });
    this.#attached = this.#attach(client);
    try {
      await client.start();
    } catch (error) {
      this.#release();
      this.#setState('failed');
      this.#log.error('The server could not be started.', error);
      this.#tell(
        `The Selfsup server could not be started: ${error instanceof Error ? error.message : error}`,
      );
      throw error;
    }
    this.#log.info(`Server started, process ${this.pid}.`);
    return client;
  }

  #create(lsp: OnDemand): LanguageClient {
    const module = path.join(this.#context.extensionPath, 'dist', 'server', 'editor.js');
    const runtime = serverNode();
    const run = { module, transport: lsp.TransportKind.ipc, ...(runtime && { runtime }) };
    const initializationOptions: ServerOptions = {
      trusted: workspace.isTrusted,
      folders: (workspace.workspaceFolders ?? [])
        .filter(({ uri }) => uri.scheme === 'file')
        .map(({ uri }) => uri.fsPath),
    };
    return new lsp.LanguageClient(
      'selfsup',
      'Selfsup',
      { run, debug: { ...run, options: { execArgv: ['--inspect=6011'] } } },
      {
        documentSelector: [{ language: 'selfsup' }],
        outputChannel: this.#log,
        revealOutputChannelOn: lsp.RevealOutputChannelOn.Never,
        initializationOptions,
        synchronize: { fileEvents: this.#configs },
        initializationFailedHandler: () => false,
        errorHandler: this.#errorHandler(lsp),
        markdown: { isTrusted: { enabledCommands: [] } },
      },
    );
  }

  #errorHandler({ CloseAction, ErrorAction }: OnDemand): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: async () => {
        const why = endText(await this.#processEnd());
        if (this.#process === undefined) return { action: CloseAction.DoNotRestart, handled: true }; // start() tells
        this.#crashes = this.#crashes.crashed(Date.now());
        const again = this.#crashes.restarts && this.#state === 'running';
        this.#log.error(
          `The server ended (${why})${again ? '; starting it again.' : '; not started again.'}`,
        );
        if (again) {
          this.#tell(`The Selfsup server ended (${why}) and was started again. Training goes on.`, 'warning');
          return { action: CloseAction.Restart, handled: true };
        }
        this.#failed = true;
        this.#tell(`The Selfsup server ended (${why}) and is not started again by itself.`);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  /** The connection may close before the exit is known. */
  async #processEnd(): Promise<ProcessEnd | undefined> {
    const process = this.#process;
    if (process === undefined) return undefined;
    if (process.exitCode === null && process.signalCode === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        process.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return { code: process.exitCode, signal: process.signalCode };
  }

  #follow(state: State, { State }: OnDemand): void {
    if (state === State.Starting) this.#setState('starting');
    else if (state === State.Running) {
      this.#process = this.#client?.serverProcess;
      this.#setState('running');
    } else if (this.#failed || state === State.StartFailed) {
      this.#release();
      this.#setState('failed');
    } else this.#setState('stopped');
  }

  #release(): void {
    this.#client = undefined;
    this.#process = undefined;
    this.#failed = false;
    this.#starting = undefined;
    this.#attached?.dispose();
    this.#attached = undefined;
  }

  #setState(state: ServerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#stateChanged.fire(state);
  }

  #tell(text: string, level: 'warning' | 'error' = 'error'): void {
    const actions = level === 'error' ? ['Restart', 'Show Logs'] : ['Show Logs'];
    const show = level === 'error' ? window.showErrorMessage : window.showWarningMessage;
    show(text, ...actions).then((chosen) => {
      if (chosen === 'Show Logs') this.#log.show();
      if (chosen === 'Restart') this.restart().catch(() => undefined);
    });
  }
}
