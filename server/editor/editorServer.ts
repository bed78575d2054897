import { type Connection, TextDocumentSyncKind, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ServerOptions } from '../protocol/editor.ts';
import type { TrainerOptions } from '../runs/trainerProcess.ts';
import { version } from '../version.ts';

/** What tests replace. */
export interface EditorServerOptions {
  /** Another trainer than the product's own. */
  readonly trainer?: TrainerOptions;
}

/** The language server: joins the config language and the runs on one connection. */
export class EditorServer {
  constructor(readonly options: EditorServerOptions = {}) {}

  listen(connection: Connection): void {
    const documents = new TextDocuments(TextDocument);
    connection.onInitialize(({ initializationOptions }) => {
      const _options = initializationOptions as ServerOptions;
      return {
        capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental },
        serverInfo: { name: 'Selfsup', version: version() },
      };
    });
    documents.listen(connection);
    connection.listen();
  }
}
