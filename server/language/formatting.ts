import { isDeepStrictEqual } from 'node:util';
import type { TextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { parseDocument } from 'yaml';
import { toPlain } from '../config/tree.ts';
import { parseYaml } from '../config/yaml.ts';
import type { OutlineNode, Span } from './outline.ts';
import { rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

/**
 * A config in the usual layout: two spaces, one space after colons and inside braces; comments stay. Nothing where
 * the text is not valid YAML, or where the layout would change what it means.
 */
export function formatConfig(document: TextDocument): TextEdit[] {
  const text = document.getText();
  const formatted = formatText(text);
  if (formatted === undefined || formatted === text) return [];
  let start = 0;
  while (start < Math.min(text.length, formatted.length) && text[start] === formatted[start]) start++;
  let same = 0;
  const most = Math.min(text.length, formatted.length) - start;
  while (same < most && text.at(-1 - same) === formatted.at(-1 - same)) same++;
  return [
    {
      range: rangeOf(document, { start, end: text.length - same }),
      newText: formatted.slice(start, formatted.length - same),
    },
  ];
}

/** The formatted text, or undefined where it cannot be formatted. */
export function formatText(text: string): string | undefined {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const source = text.slice(mark.length);
  if (parseYaml(text, '').tree === undefined) return undefined;
  const yaml = parseDocument(source, { keepSourceTokens: true, merge: true });
  if (yaml.errors.length > 0) return undefined;
  const printed = yaml.toString({ lineWidth: 0, indent: 2, flowCollectionPadding: true, directives: null });
  const eol = source.includes('\r\n') ? '\r\n' : '\n';
  const formatted = mark + tightLists(`${printed.trimEnd()}\n`).replaceAll('\n', eol);
  return meansTheSame(text, formatted) ? formatted : undefined;
}

/** `[ 1, 2 ]` -> `[1, 2]`: the printer pads braces and brackets alike. */
function tightLists(text: string): string {
  const padding = listsIn(readOutline(text)).flatMap(({ start, end }) => {
    const inside = text.slice(start + 1, end - 1);
    if (inside.includes('\n') || text[end - 1] !== ']') return [];
    const lead = inside.length - inside.trimStart().length;
    const trail = inside.length - inside.trimEnd().length;
    return [
      { start: start + 1, end: start + 1 + lead },
      { start: end - 1 - trail, end: end - 1 },
    ];
  });
  return padding
    .sort((a, b) => b.start - a.start)
    .reduce((whole, span) => whole.slice(0, span.start) + whole.slice(span.end), text);
}

function listsIn(node: OutlineNode | undefined): Span[] {
  if (node === undefined || node.kind === 'scalar') return [];
  const inner = (node.kind === 'map' ? node.entries : node.items).flatMap(({ value }) => listsIn(value));
  return node.kind === 'list' && node.flow ? [node.span, ...inner] : inner;
}

function meansTheSame(before: string, after: string): boolean {
  const [a, b] = [before, after].map((text) => parseYaml(text, ''));
  if (a?.tree === undefined || b?.tree === undefined) return false;
  const places = (text: string): string[] =>
    [...text.matchAll(/(^|\s)#.*$/gm)].map(([comment]) => comment.trim());
  return (
    isDeepStrictEqual(toPlain(a.tree), toPlain(b.tree)) && isDeepStrictEqual(places(before), places(after))
  );
}
