import { PassThrough } from 'node:stream';
import {
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import {
  type LanguageDeps,
  type LanguageFeatures,
  registerLanguage,
} from '../../../server/language/registerLanguage.ts';

export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

const noTraining: LanguageDeps = {
  facts: () => Promise.reject(new Error('no trainer here')),
  estimate: () => Promise.reject(new Error('no trainer here')),
  runsOf: () => [],
  trusted: () => true,
};

/** The language features behind a real connection, and an editor at its other end. */
export class LanguageClient {
  readonly editor: ProtocolConnection;
  readonly features: LanguageFeatures;
  readonly published: Published[] = [];
  readonly errors: string[] = [];
  private readonly versions = new Map<string, number>();
  private readonly waiting = new Set<() => void>();

  constructor(deps: Partial<LanguageDeps> = {}) {
    const up = new PassThrough();
    const down = new PassThrough();
    const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
    const documents = new TextDocuments(TextDocument);
    const times = { checkAfter: 5, dataAfter: 5, refreshAfter: 5 };
    this.features = registerLanguage(server, documents, { ...noTraining, ...deps }, times);
    server.onInitialize(() => ({ capabilities: { textDocumentSync: 2, ...this.features.capabilities } }));
    documents.listen(server);
    server.listen();
    this.editor = createProtocolConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
    this.editor.onNotification('textDocument/publishDiagnostics', (news: Published) => {
      this.published.push(news);
      for (const look of [...this.waiting]) look();
    });
    this.editor.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.errors.push(message);
    });
    this.editor.onRequest('workspace/codeLens/refresh', () => null);
    this.editor.onRequest('workspace/inlayHint/refresh', () => null);
    this.editor.listen();
  }

  async start(): Promise<void> {
    await this.editor.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
    await this.editor.sendNotification('initialized', {});
  }

  open(uri: string, text: string): void {
    this.versions.set(uri, 1);
    void this.editor.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'selfsup', version: 1, text },
    });
  }

  /** @returns the new version */
  edit(uri: string, ...contentChanges: TextDocumentContentChangeEvent[]): number {
    const version = (this.versions.get(uri) ?? 0) + 1;
    this.versions.set(uri, version);
    void this.editor.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
    return version;
  }

  close(uri: string): void {
    void this.editor.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  ask<Answer>(method: string, uri: string, params: object = {}): Promise<Answer> {
    return this.editor.sendRequest<Answer>(method, { textDocument: { uri }, ...params });
  }

  /** The first published diagnostics, also of the past, that are as wanted. */
  diagnostics(wanted: (news: Published) => boolean): Promise<Published> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.published.find(wanted);
        if (found === undefined) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  dispose(): void {
    this.features.dispose();
    this.editor.dispose();
  }
}
