import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
} from 'vscode-jsonrpc/browser';

/** JSON-RPC over a webview's postMessage: one message a post. */
export function connectToHost(vscode: { postMessage(message: unknown): void }): MessageConnection {
  return createMessageConnection(new WindowReader(), new HostWriter(vscode));
}

class WindowReader extends AbstractMessageReader {
  listen(callback: DataCallback): Disposable {
    const receive = ({ data }: MessageEvent<unknown>): void => {
      if (isMessage(data)) callback(data);
    };
    window.addEventListener('message', receive);
    return { dispose: () => window.removeEventListener('message', receive) };
  }
}

class HostWriter extends AbstractMessageWriter {
  constructor(private readonly vscode: { postMessage(message: unknown): void }) {
    super();
  }

  async write(message: Message): Promise<void> {
    this.vscode.postMessage(message);
  }

  end(): void {}
}

function isMessage(data: unknown): data is Message {
  return typeof data === 'object' && data !== null && 'jsonrpc' in data && data.jsonrpc === '2.0';
}
