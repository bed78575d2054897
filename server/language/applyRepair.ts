import type { Repair } from '../config/repairs.ts';
import {
  endOf,
  type OutlineEntry,
  type OutlineItem,
  type OutlineMap,
  type OutlineNode,
  type Span,
} from './outline.ts';
import { Offsets } from './positions.ts';
import { readOutline } from './readOutline.ts';

/** One change of a text. */
export interface TextChange {
  readonly span: Span;
  readonly text: string;
}

/** What a repair changes in the text of the file it is for; undefined where its place is not found there. */
export function changeOf(repair: Repair, text: string): TextChange | undefined {
  const span = new Offsets(text).span(repair.place);
  if (repair.kind === 'replace') return { span, text: repair.text };
  const outline = readOutline(text);
  if (repair.kind === 'remove') return removal(outline, span, text);
  return insertion(outline, span.start, `${repair.key}: ${repair.value}`, text);
}

export function applyChange(text: string, { span, text: replacement }: TextChange): string {
  return text.slice(0, span.start) + replacement + text.slice(span.end);
}

/** Takes a key or list entry away, with its line or its comma. */
function removal(outline: OutlineMap, place: Span, text: string): TextChange | undefined {
  const found = findPart(outline, place);
  if (found === undefined) return undefined;
  const { parent, index } = found;
  const parts = partsOf(parent);
  const part = parts[index] as Span;
  if (!parent.flow) return { span: wholeLines(part, text), text: '' };
  const next = parts[index + 1];
  const before = parts[index - 1];
  if (next !== undefined) return { span: { start: part.start, end: next.start }, text: '' };
  if (before !== undefined) return { span: { start: before.end, end: part.end }, text: '' };
  const closed = /[}\]]/.test(text[parent.span.end - 1] ?? '');
  return { span: closed ? { start: parent.span.start + 1, end: parent.span.end - 1 } : part, text: '' };
}

type Parent = Exclude<OutlineNode, { kind: 'scalar' }>;

/** The mapping that has its key at a place, or the list that has its entry there. */
function findPart(node: OutlineNode, place: Span): { parent: Parent; index: number } | undefined {
  if (node.kind === 'scalar') return undefined;
  const values = node.kind === 'map' ? node.entries : node.items;
  const index = values.findIndex((part) => isAt(part, place));
  if (index >= 0) return { parent: node, index };
  for (const { value } of values) {
    const found = value && findPart(value, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A list entry begins where its first key does; then the end tells which of the two is meant. */
function isAt(part: OutlineEntry | OutlineItem, { start, end }: Span): boolean {
  if ('keySpan' in part) return part.keySpan.start === start && end <= part.keySpan.end;
  if (part.value?.span.start !== start) return false;
  const firstKey = part.value.kind === 'map' && !part.value.flow ? part.value.entries[0] : undefined;
  return firstKey === undefined || end > firstKey.keySpan.end;
}

function partsOf(parent: Parent): Span[] {
  return parent.kind === 'map'
    ? parent.entries.map((entry) => ({ start: entry.keySpan.start, end: endOf(entry) }))
    : parent.items.map(({ span }) => span);
}

/** From the start of the first line to the end of the last; what stands before a key on its line is kept. */
function wholeLines({ start, end }: Span, text: string): Span {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const lineEnd = newline < 0 ? text.length : newline + 1;
  const alone = text.slice(lineStart, start).trim() === '';
  if (alone) return { start: lineStart, end: lineEnd };
  // The first key behind a dash: the next one takes its place.
  const indent = /^[ ]*/.exec(text.slice(lineEnd))?.[0].length ?? 0;
  return indent === start - lineStart ? { start, end: lineEnd + indent } : { start, end };
}

/** Adds a key to the mapping that begins at an offset: between its braces, or on a line of its own. */
function insertion(outline: OutlineMap, offset: number, line: string, text: string): TextChange {
  const map = findMap(outline, offset) ?? outline;
  const last = map.entries.at(-1);
  if (map.flow) {
    const end = last === undefined ? map.span.start + 1 : endOf(last);
    return { span: { start: end, end }, text: last === undefined ? ` ${line} ` : `, ${line}` };
  }
  if (last === undefined) {
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    return { span: { start: text.length, end: text.length }, text: `${separator}${line}\n` };
  }
  const first = map.entries[0] as OutlineEntry;
  const indent = first.keySpan.start - (text.lastIndexOf('\n', first.keySpan.start - 1) + 1);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const newline = text.indexOf('\n', endOf(last));
  if (newline < 0)
    return { span: { start: text.length, end: text.length }, text: `${eol}${' '.repeat(indent)}${line}` };
  return { span: { start: newline + 1, end: newline + 1 }, text: `${' '.repeat(indent)}${line}${eol}` };
}

function findMap(node: OutlineNode, offset: number): OutlineMap | undefined {
  if (node.kind === 'scalar') return undefined;
  if (node.kind === 'map' && node.span.start === offset) return node;
  for (const { value } of node.kind === 'map' ? node.entries : node.items) {
    const found = value && findMap(value, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}
