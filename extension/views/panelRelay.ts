import {
  type CancellationToken,
  createMessageConnection,
  type Disposable,
  ErrorCodes,
  type Event,
  type Message,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import {
  editorPrefix,
  runsChangedNotification,
  runUpdatedNotification,
  unwatchNotification,
  watchRunsRequest,
} from '../../server/protocol/editor.ts';
import {
  type PanelAction,
  type PanelStart,
  panelActionRequest,
  panelConfigChangedNotification,
  panelReadyRequest,
  panelServerRestartedNotification,
  panelShowNotification,
  panelVersion,
} from '../../server/protocol/panel.ts';
import { createTransport, type Transport } from './webviewTransport.ts';

/** The server as the panel sees it. */
export interface PanelServer {
  request(type: { readonly method: string }, params?: unknown, token?: CancellationToken): Promise<unknown>;
  notify(type: { readonly method: string }, params?: unknown): void;
  /** What the server says by itself. */
  readonly onNotification: Event<{ readonly method: string; readonly params: unknown }>;
  /** The server runs again; it has forgotten everything. */
  readonly onRestarted: Event<void>;
}

/** What the host does for a panel. */
export interface PanelHost {
  post(message: Message): void;
  start(): PanelStart;
  /** The panel's script runs. */
  ready(version: number): void;
  act(action: PanelAction): Promise<void>;
}

/**
 * Carries messages between one panel and the server without looking into them, with two exceptions: it knows which
 * watches the panel opened, so that only their updates go to it, and it ends them when nobody looks.
 *
 * A hidden panel's document is destroyed and a shown one starts from nothing, so a line lives from one `panel/ready`
 * to the next: answers to an old document never reach a new one.
 */
export class PanelRelay implements Disposable {
  readonly #server: PanelServer;
  readonly #host: PanelHost;
  readonly #subscriptions: Disposable[];
  readonly #watches = new Set<number>();
  #line: { readonly connection: MessageConnection; readonly transport: Transport } | undefined;

  constructor(server: PanelServer, host: PanelHost) {
    this.#server = server;
    this.#host = host;
    this.#subscriptions = [
      server.onNotification(({ method, params }) => this.#forward(method, params)),
      server.onRestarted(() => {
        this.#watches.clear();
        this.#send(panelServerRestartedNotification);
      }),
    ];
  }

  /** A message from the webview. */
  receive(message: unknown): void {
    if (!isMessage(message)) return;
    if (isReady(message)) this.#open();
    this.#line?.transport.deliver(message);
  }

  /** Nobody looks any more: the watches end, nothing is sent. */
  hide(): void {
    this.#close();
  }

  show(runs: readonly string[]): void {
    this.#send(panelShowNotification, { runs });
  }

  configChanged(configFile: string, text: string): void {
    this.#send(panelConfigChangedNotification, { configFile, text });
  }

  dispose(): void {
    this.#close();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #open(): void {
    this.#close();
    const transport = createTransport((message) => this.#host.post(message));
    const connection = createMessageConnection(transport.reader, transport.writer);
    const line = { connection, transport };
    connection.onRequest(panelReadyRequest, ({ version }) => {
      this.#host.ready(version);
      if (version !== panelVersion) {
        throw new ResponseError(
          ErrorCodes.InvalidRequest,
          `The panel speaks version ${version}, not ${panelVersion}.`,
        );
      }
      return this.#host.start();
    });
    connection.onRequest(panelActionRequest, (action) => this.#host.act(action));
    connection.onRequest(async (method, params, token) => this.#ask(line, method, params, token));
    connection.onNotification((method, params) => this.#tell(method, params));
    connection.listen();
    this.#line = line;
  }

  async #ask(line: unknown, method: string, params: unknown, token: CancellationToken): Promise<unknown> {
    if (!method.startsWith(editorPrefix)) {
      throw new ResponseError(ErrorCodes.MethodNotFound, `The panel may not ask for ${method}.`);
    }
    const answer = await this.#server
      .request({ method }, isObject(params) && Array.isArray(params) ? params[0] : params, token)
      .catch((error: unknown) => {
        throw asResponseError(error);
      });
    if (method === watchRunsRequest.method && isObject(answer) && typeof answer.watch === 'number') {
      if (this.#line === line) this.#watches.add(answer.watch);
      else this.#server.notify(unwatchNotification, { watch: answer.watch });
    }
    return answer;
  }

  #tell(method: string, params: unknown): void {
    if (!method.startsWith(editorPrefix)) return;
    if (method === unwatchNotification.method && isObject(params)) this.#watches.delete(Number(params.watch));
    this.#server.notify({ method }, params);
  }

  #forward(method: string, params: unknown): void {
    if (method === runUpdatedNotification.method) {
      if (!isObject(params) || !this.#watches.has(Number(params.watch))) return;
    } else if (method !== runsChangedNotification.method) return;
    this.#send({ method }, params);
  }

  #send(type: { readonly method: string }, params?: unknown): void {
    const connection = this.#line?.connection;
    if (params === undefined) connection?.sendNotification(type.method);
    else connection?.sendNotification(type.method, params);
  }

  #close(): void {
    for (const watch of this.#watches) this.#server.notify(unwatchNotification, { watch });
    this.#watches.clear();
    this.#line?.transport.close();
    this.#line?.connection.dispose();
    this.#line = undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object';
}

function isMessage(value: unknown): value is Message {
  return isObject(value) && value.jsonrpc === '2.0';
}

function isReady(message: Message): boolean {
  return 'method' in message && message.method === panelReadyRequest.method;
}

/** The server's error with its data, so that the panel can show where the mistake is. */
function asResponseError(error: unknown): ResponseError<unknown> {
  if (error instanceof ResponseError) return error;
  return new ResponseError(ErrorCodes.InternalError, error instanceof Error ? error.message : String(error));
}
