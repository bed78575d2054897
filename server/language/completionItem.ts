import {
  type CompletionItem,
  type CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
} from 'vscode-languageserver';
import type { Completing } from './completion.ts';
import type { Span } from './outline.ts';
import { snippetText } from './snippets.ts';

export interface Offer {
  readonly label: string;
  readonly kind: CompletionItemKind;
  /** A snippet; lines below the first begin with their own indentation. */
  readonly insert: string;
  /** Sorts the offers: lower comes first. */
  readonly rank: number;
  readonly detail?: string | undefined;
  readonly documentation?: string | undefined;
  /** Shows what may follow at once. */
  readonly again?: boolean;
  /** What is replaced, when it is not the word at the cursor. */
  readonly span?: Span;
}

/** Asks VS Code to show completions again, after a key whose value is one of a few words. */
const suggestAgain = { title: 'Suggest', command: 'editor.action.triggerSuggest' };

export function makeItem({ document, cursor, snippets }: Completing, offer: Offer): CompletionItem {
  const { start, end } = offer.span ?? cursor.span;
  const insert = `${cursor.needsSpace ? ' ' : ''}${offer.insert}`;
  const isSnippet = snippets && /\$(\d|\{)|\\[$}\\]/.test(insert);
  return {
    label: offer.label,
    kind: offer.kind,
    sortText: String(offer.rank).padStart(4, '0'),
    // With the space that belongs to the answer, the word alone would not match it.
    filterText: `${cursor.needsSpace ? ' ' : ''}${offer.label}`,
    textEdit: {
      range: { start: document.positionAt(start), end: document.positionAt(end) },
      newText: isSnippet ? insert : snippetText(insert),
    },
    insertTextFormat: isSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    insertTextMode: InsertTextMode.asIs,
    ...(offer.detail !== undefined && { detail: offer.detail }),
    ...(offer.documentation !== undefined && {
      documentation: { kind: MarkupKind.Markdown, value: offer.documentation },
    }),
    ...(offer.again && { command: suggestAgain }),
  };
}
