import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  Emitter,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc';

/** Both directions of JSON-RPC over postMessage. */
export interface Transport {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Hands a message of the webview to the connection. */
  deliver(message: Message): void;
  /** Nothing is posted any more. */
  close(): void;
}

export function createTransport(post: (message: Message) => void): Transport {
  const reader = new PostedReader();
  const writer = new PostingWriter(post);
  return {
    reader,
    writer,
    deliver: (message) => reader.deliver(message),
    close: () => writer.close(),
  };
}

class PostedReader extends AbstractMessageReader {
  readonly #messages = new Emitter<Message>();

  listen(callback: DataCallback): Disposable {
    return this.#messages.event(callback);
  }

  deliver(message: Message): void {
    this.#messages.fire(message);
  }
}

class PostingWriter extends AbstractMessageWriter {
  #post: ((message: Message) => void) | undefined;

  constructor(post: (message: Message) => void) {
    super();
    this.#post = post;
  }

  async write(message: Message): Promise<void> {
    this.#post?.(message);
  }

  close(): void {
    this.#post = undefined;
  }

  end(): void {
    this.close();
  }
}
