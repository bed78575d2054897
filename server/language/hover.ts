import type { Hover } from 'vscode-languageserver';
import type { Position, TextDocument } from 'vscode-languageserver-textdocument';
import type { DataFacts } from '../protocol/trainer.ts';
import { describeChoice, describeKey } from './describe.ts';
import { describeFacts } from './facts.ts';
import { schemaAt } from './grammar.ts';
import { mergedValue, type ReadFile } from './mergedValue.ts';
import { type Located, locate, scalarValue } from './outline.ts';
import { isPath, kindOfPath, resolveWritten } from './paths.ts';
import { rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

export interface HoverContext {
  readonly file: string;
  readonly readFile: ReadFile;
  readonly disk: boolean;
  /** What the data turned out to be, where it has been opened. */
  readonly facts?: DataFacts;
}

/** What the key or value under the mouse means. */
export function hoverConfig(
  document: TextDocument,
  position: Position,
  context: HoverContext,
): Hover | undefined {
  const outline = readOutline(document.getText());
  const found = locate(outline, document.offsetAt(position));
  if (found === undefined) return undefined;
  const value = mergedValue(outline, context.file, context.readFile);
  const text = found.part === 'key' ? keyText(found, value) : valueText(found, value, context);
  const span = found.part === 'key' ? found.entry?.keySpan : found.node?.span;
  if (text === undefined || span === undefined) return undefined;
  return { contents: { kind: 'markdown', value: text }, range: rangeOf(document, span) };
}

function keyText({ path }: Located, value: unknown): string | undefined {
  const node = schemaAt(path, value);
  return node && describeKey(path, node, value);
}

function valueText({ path, node }: Located, value: unknown, context: HoverContext): string | undefined {
  if (node?.kind !== 'scalar') return undefined;
  if (isPath(path, node.text))
    return pathText(node.text, context, path[0] === 'data' && path.length === 2 && path[1] !== 'labels');
  const schema = schemaAt(path, value);
  return describeChoice(path, scalarValue(node), value) ?? (schema && describeKey(path, schema, value));
}

/** Where a path leads, and what was found there. */
function pathText(written: string, { file, disk, facts }: HoverContext, isData: boolean): string | undefined {
  if (written === '') return undefined;
  const target = resolveWritten(written, file);
  const kind = disk ? kindOfPath(target) : undefined;
  const lines = [`\`${target}\``];
  if (disk) lines.push(kind === undefined ? 'Nothing is there.' : `A ${kind}.`);
  if (isData && facts !== undefined) lines.push(describeFacts(facts));
  return lines.join('\n\n');
}
