import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { endOf, type OutlineNode, type Span } from './outline.ts';
import { rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

/** The keys of a config as a tree, for the outline view and the breadcrumbs. */
export function documentSymbols(document: TextDocument): DocumentSymbol[] {
  return symbolsOf(readOutline(document.getText()), document);
}

function symbolsOf(node: OutlineNode | undefined, document: TextDocument): DocumentSymbol[] {
  if (node?.kind === 'map') {
    return node.entries
      .filter(({ key }) => key !== '')
      .map((entry) =>
        symbol(
          entry.key,
          entry.value,
          { start: entry.keySpan.start, end: endOf(entry) },
          entry.keySpan,
          document,
        ),
      );
  }
  if (node?.kind === 'list') {
    return node.items
      .filter(({ value }) => value !== undefined && value.kind !== 'scalar')
      .map(({ value, span }, i) => symbol(String(i + 1), value, span, span, document));
  }
  return [];
}

function symbol(
  name: string,
  value: OutlineNode | undefined,
  span: Span,
  selected: Span,
  document: TextDocument,
): DocumentSymbol {
  const children = symbolsOf(value, document);
  const detail = value?.kind === 'scalar' ? value.text.slice(0, 60) : '';
  return {
    name,
    kind:
      value?.kind === 'map'
        ? SymbolKind.Module
        : value?.kind === 'list'
          ? SymbolKind.Array
          : SymbolKind.Property,
    range: rangeOf(document, { start: span.start, end: Math.max(span.end, selected.end) }),
    selectionRange: rangeOf(document, selected),
    ...(detail !== '' && { detail }),
    ...(children.length > 0 && { children }),
  };
}
