import type { CompletionItem } from 'vscode-languageserver';
import type { Position, TextDocument } from 'vscode-languageserver-textdocument';
import { completeKeys } from './completeKeys.ts';
import { completeValues } from './completeValues.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { mergedValue, type ReadFile } from './mergedValue.ts';

export interface CompletionContext {
  /** Absolute path of the config. */
  readonly file: string;
  readonly readFile: ReadFile;
  /** Whether folders and table headers may be read: never in Restricted Mode. */
  readonly disk: boolean;
  /** Whether the editor understands `${1:...}`. */
  readonly snippets: boolean;
}

/** Everything known at the cursor while a completion is made. */
export interface Completing extends CompletionContext {
  readonly document: TextDocument;
  readonly cursor: Cursor;
  /** The config as far as it is written, without the word at the cursor, with what it extends. */
  readonly value: unknown;
}

/** What may be written at a position: keys, values, paths, columns and whole sections. */
export function completeConfig(
  document: TextDocument,
  position: Position,
  context: CompletionContext,
): CompletionItem[] {
  const cursor = cursorAt(document.getText(), document.offsetAt(position));
  if (cursor === undefined) return [];
  const value = mergedValue(cursor.outline, context.file, context.readFile);
  const completing = { ...context, document, cursor, value };
  if (cursor.part === 'key') return completeKeys(completing);
  // The first key of a mapping looks like a lone value as long as its colon is missing.
  const keys = cursor.ownLine && cursor.quote === undefined ? completeKeys(completing) : [];
  return [...keys, ...completeValues(completing, keys.length > 0)];
}
