import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';

/** The configs that are open in the editor, by file: what is typed counts, not what is saved. */
export class OpenConfigs {
  constructor(private readonly documents: TextDocuments<TextDocument>) {}

  all(): TextDocument[] {
    return this.documents.all().filter(isConfig);
  }

  get(uri: string): TextDocument | undefined {
    const document = this.documents.get(uri);
    return document !== undefined && isConfig(document) ? document : undefined;
  }

  at(file: string): TextDocument | undefined {
    return this.all().find((document) => fileOf(document) === file);
  }

  /** The text of a config, open or not. Throws what `fs` throws. */
  readonly readFile = (file: string): string => this.at(file)?.getText() ?? readFileSync(file, 'utf8');
}

function isConfig({ languageId, uri }: TextDocument): boolean {
  return languageId === 'selfsup' || /\.selfsup\.ya?ml$/i.test(uri);
}

/** The file of a document; one that was never saved counts as a file in the working folder. */
export function fileOf({ uri }: Pick<TextDocument, 'uri'>): string {
  if (uri.startsWith('file:')) {
    try {
      return fileURLToPath(uri);
    } catch {
      // An address on another machine.
    }
  }
  return path.resolve(path.posix.basename(uri.replace(/^[a-z-]+:/i, '')) || 'untitled');
}

export function isSaved({ uri }: Pick<TextDocument, 'uri'>): boolean {
  return uri.startsWith('file:');
}
