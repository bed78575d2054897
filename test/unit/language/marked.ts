import path from 'node:path';
import { type Position, TextDocument } from 'vscode-languageserver-textdocument';
import { packageRoot } from '../../../server/packageRoot.ts';

export const fixtures = path.join(packageRoot(), 'test/fixtures/configs');
export const configFile = path.join(fixtures, 'typed.selfsup.yaml');

/** A document from a text whose cursor is marked by `|` (write `¦` for a bar of the text itself). */
export function marked(text: string): { document: TextDocument; position: Position } {
  const at = text.indexOf('|');
  const plain = (text.slice(0, at) + text.slice(at + 1)).replaceAll('¦', '|');
  const document = TextDocument.create(`file://${configFile}`, 'selfsup', 1, plain);
  return { document, position: document.positionAt(at) };
}

/** No config but the marked one exists, unless named here. */
export function readOnly(files: Readonly<Record<string, string>> = {}): (file: string) => string {
  return (file) => {
    const text = files[path.relative(fixtures, file)];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
}
