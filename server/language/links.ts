import { pathToFileURL } from 'node:url';
import type { DocumentLink, Location } from 'vscode-languageserver';
import type { Position, TextDocument } from 'vscode-languageserver-textdocument';
import { dataKinds } from '../config/data/registry.ts';
import type { KeyPath } from '../config/problem.ts';
import { locate, nodeOf, type OutlineScalar } from './outline.ts';
import { isAddress, isPath, kindOfPath, resolveWritten } from './paths.ts';
import { rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

const linked: readonly KeyPath[] = [
  ['extends'],
  ...new Map(
    Object.values(dataKinds).flatMap(({ pathKeys }) =>
      pathKeys.map(({ path }) => [path.join('.'), ['data', ...path]] as const),
    ),
  ).values(),
];

const textFile = /\.(ya?ml|csv|tsv|jsonl?|txt)$/i;

/** The file that a path names, for "go to definition": extended configs, label files, tables. */
export function definitionAt(
  document: TextDocument,
  position: Position,
  file: string,
  disk: boolean,
): Location | undefined {
  const found = locate(readOutline(document.getText()), document.offsetAt(position));
  if (found === undefined) return undefined;
  const node = found.entry?.value;
  if (node?.kind !== 'scalar') return undefined;
  const target = targetOf(node, found.path, file, disk);
  if (target === undefined || !textFile.test(target.file) || target.kind === 'folder') return undefined;
  const start = { line: 0, character: 0 };
  return { uri: pathToFileURL(target.file).href, range: { start, end: start } };
}

/** Links on paths: text files open, folders and binary files are shown in the explorer. */
export function documentLinks(document: TextDocument, file: string, disk: boolean): DocumentLink[] {
  const outline = readOutline(document.getText());
  return linked.flatMap((keys) => {
    const node = nodeOf(outline, keys);
    const target = node?.kind === 'scalar' ? targetOf(node, keys, file, disk) : undefined;
    if (node === undefined || target === undefined) return [];
    const isText = target.kind === 'file' && textFile.test(target.file);
    const url = pathToFileURL(target.file);
    const uri = { $mid: 1, scheme: 'file', path: decodeURIComponent(url.pathname) };
    const reveal = `command:revealInExplorer?${encodeURIComponent(JSON.stringify([uri]))}`;
    return [
      {
        range: rangeOf(document, node.span),
        target: isText ? url.href : reveal,
        tooltip: isText ? 'Open' : 'Show in the explorer',
      },
    ];
  });
}

/** Where a path leads. Without looking at the disk, only configs are taken to be there. */
function targetOf(
  { text }: OutlineScalar,
  keys: KeyPath,
  file: string,
  disk: boolean,
): { file: string; kind: 'file' | 'folder' } | undefined {
  if (text === '' || isAddress(text) || !isPath(keys, text)) return undefined;
  const target = resolveWritten(text, file);
  const kind = disk ? kindOfPath(target) : keys[0] === 'extends' ? 'file' : undefined;
  return kind && { file: target, kind };
}
