import type { NotificationType, NotificationType0, RequestType } from 'vscode-jsonrpc';

/**
 * JSON-RPC over a webview's postMessage, one message a post: what `vscode-jsonrpc` says at the other end, with the
 * same message types. That library's own connection brings stream readers, queues and tracing that a window does not
 * need: 50 KB of the panel's 250.
 */
export class HostConnection {
  private readonly pending = new Map<number, Pending>();
  private readonly handlers = new Map<string, Set<(params: unknown) => void>>();
  private lastId = 0;

  constructor(private readonly vscode: { postMessage(message: unknown): void }) {
    window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isMessage(data)) this.receive(data);
    });
  }

  /** The answer, or an `RpcError`. An aborted request is cancelled at the other end, which then answers with an error. */
  sendRequest<Params, Answer, Failure>(
    { method }: RequestType<Params, Answer, Failure>,
    params: Params,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const id = ++this.lastId;
    return new Promise<Answer>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.post({ id, method, params });
      signal?.addEventListener('abort', () => {
        if (this.pending.has(id)) this.post({ method: '$/cancelRequest', params: { id } });
      });
    });
  }

  sendNotification<Params>({ method }: NotificationType<Params>, params: Params): void {
    this.post({ method, params });
  }

  /** Returns what ends the subscription. */
  onNotification<Params>(type: NotificationType<Params>, handle: (params: Params) => void): () => void;
  onNotification(type: NotificationType0, handle: () => void): () => void;
  onNotification({ method }: { readonly method: string }, handle: (params: never) => void): () => void {
    const handlers = this.handlers.get(method) ?? new Set();
    handlers.add(handle as (params: unknown) => void);
    this.handlers.set(method, handlers);
    return () => handlers.delete(handle as (params: unknown) => void);
  }

  private receive({ id, method, params, result, error }: Message): void {
    if (method !== undefined) {
      for (const handle of this.handlers.get(method) ?? []) handle(params);
      if (id !== undefined)
        this.post({ id, error: { code: -32601, message: `The panel answers no ${method}.` } });
      return;
    }
    const pending = this.pending.get(id as number);
    if (!pending) return;
    this.pending.delete(id as number);
    if (error) pending.reject(new RpcError(error));
    else pending.resolve(result);
  }

  private post(message: Partial<Message>): void {
    this.vscode.postMessage({ jsonrpc: '2.0', ...message });
  }
}

/** A request that the other end refused, with the reason for people and the data that came with it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor({ code, message, data }: ErrorObject) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: RpcError) => void;
}

interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

interface Message {
  readonly id: number | string;
  readonly method: string;
  readonly params: unknown;
  readonly result: unknown;
  readonly error: ErrorObject;
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'jsonrpc' in data && data.jsonrpc === '2.0';
}
