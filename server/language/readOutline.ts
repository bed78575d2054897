import { closingQuote, FlowReader } from './flowReader.ts';
import { type Line, splitLines } from './lines.ts';
import type { OutlineEntry, OutlineItem, OutlineMap, OutlineNode, Span } from './outline.ts';

/** The outline of a config's text. Never fails: what it cannot place, it leaves out. */
export function readOutline(text: string): OutlineMap {
  return new BlockReader(text).readAll();
}

interface Key {
  readonly key: string;
  readonly span: Span;
  readonly colon: number;
}

type Draft<Node extends OutlineNode> = { -readonly [Key in keyof Node]: Node[Key] };
type MapDraft = Draft<OutlineMap> & { entries: OutlineEntry[] };

/** Reads what is structured by indentation, line by line; brackets are FlowReader's. */
class BlockReader {
  private readonly lines: readonly Line[];
  /** The line that is read, and the offset in it. */
  private at = 0;
  private offset = 0;

  constructor(private readonly text: string) {
    this.lines = splitLines(text);
    this.toContent(0);
  }

  readAll(): OutlineMap {
    const root: MapDraft = {
      kind: 'map',
      flow: false,
      entries: [],
      span: { start: 0, end: this.text.length },
    };
    while (this.line !== undefined) {
      const node = this.readBlock(-1);
      if (node?.kind === 'map') root.entries.push(...node.entries);
    }
    return root;
  }

  private get line(): Line | undefined {
    return this.lines[this.at];
  }

  private get column(): number {
    return this.offset - (this.line?.start ?? 0);
  }

  /** Goes to the first line from `at` on that says something. */
  private toContent(at: number): void {
    this.at = at;
    while (this.line?.blank) this.at++;
    this.offset = this.line?.content ?? this.text.length;
  }

  private nextLine(): void {
    this.toContent(this.at + 1);
  }

  /** Whatever stands here: `parent` is the column of the key or dash that owns it. */
  private readBlock(parent: number): OutlineNode | undefined {
    if (this.isDash()) return this.readList();
    const isKey = this.keyHere() !== undefined || this.isUnfinishedKey(parent);
    if (isKey) return this.readMap();
    return this.readInline(parent);
  }

  private readMap(): OutlineMap {
    const column = this.column;
    const start = this.offset;
    const entries: OutlineEntry[] = [];
    while (this.line !== undefined && this.column >= column) {
      if (this.column > column) {
        adopt(entries, this.readBlock(column));
        continue;
      }
      if (this.isDash()) break;
      entries.push(this.readEntry(column));
    }
    return {
      kind: 'map',
      flow: false,
      entries,
      span: { start, end: Math.max(start, ...entries.map(lastOf)) },
    };
  }

  private readEntry(column: number): OutlineEntry {
    const found = this.keyHere();
    if (found === undefined) {
      const { end } = this.line as Line;
      const word = this.text
        .slice(this.offset, end)
        .replace(/\s+#.*$/, '')
        .trimEnd();
      const keySpan = { start: this.offset, end: this.offset + word.length };
      this.nextLine();
      return { key: word, keySpan };
    }
    const { key, span: keySpan, colon } = found;
    const value = this.readValue(colon + 1, column, true);
    return { key, keySpan, colon, ...(value !== undefined && { value }) };
  }

  private readList(): OutlineNode {
    const column = this.column;
    const start = this.offset;
    const items: OutlineItem[] = [];
    while (this.line !== undefined && this.column >= column) {
      if (this.column > column) {
        const last = items.at(-1)?.value;
        const node = this.readBlock(column);
        if (last?.kind === 'map' && node?.kind === 'map') (last as MapDraft).entries.push(...node.entries);
        continue;
      }
      if (!this.isDash()) break;
      const dash = this.offset;
      const value = this.readValue(dash + 1, column, false);
      items.push({
        span: { start: dash, end: value?.span.end ?? dash + 1 },
        ...(value !== undefined && { value }),
      });
    }
    return { kind: 'list', flow: false, items, span: { start, end: items.at(-1)?.span.end ?? start } };
  }

  /** What follows a colon or a dash: on the same line, or indented below. */
  private readValue(from: number, column: number, afterKey: boolean): OutlineNode | undefined {
    const { end } = this.line as Line;
    const rest = this.text.slice(from, end);
    // Anchors and tags say nothing about where things stand.
    const skipped = /^(\s*[&!][^\s,[\]{}]*(?=\s|$))*\s*/.exec(rest)?.[0].length ?? 0;
    this.offset = from + skipped;
    const empty = this.offset >= end || (this.text[this.offset] === '#' && skipped > 0);
    if (!empty) return afterKey ? this.readInline(column) : this.readBlock(column);
    this.nextLine();
    if (this.line === undefined) return undefined;
    if (this.column > column) return this.readBlock(column);
    return afterKey && this.column === column && this.isDash() ? this.readList() : undefined;
  }

  private readInline(parent: number): OutlineNode | undefined {
    const { end } = this.line as Line;
    const start = this.offset;
    const first = this.text[start] ?? '';
    if (first === '{' || first === '[') {
      const flow = new FlowReader(this.text, this.lines, this.at, parent);
      const node = flow.read(start);
      this.toContent(flow.nextLine);
      return node;
    }
    if (first === '|' || first === '>') return this.readTextBlock(parent);
    if (first === '"' || first === "'") {
      const close = closingQuote(this.text, start, end);
      this.nextLine();
      const span = { start, end: Math.min(end, close + 1) };
      return { kind: 'scalar', quote: first, text: this.text.slice(start + 1, close), span };
    }
    let text = plainText(this.text.slice(start, end));
    let last = start + text.length;
    this.nextLine();
    while (
      this.line !== undefined &&
      this.column > parent &&
      !this.isDash() &&
      this.keyHere() === undefined
    ) {
      const more = plainText(this.text.slice(this.offset, this.line.end));
      last = this.offset + more.length;
      text += ` ${more}`;
      this.nextLine();
    }
    return { kind: 'scalar', text, span: { start, end: last } };
  }

  /** `|` and `>`: all that is indented deeper is text. */
  private readTextBlock(parent: number): OutlineNode {
    const start = this.offset;
    let { end } = this.line as Line;
    let at = this.at + 1;
    for (; at < this.lines.length; at++) {
      const line = this.lines[at] as Line;
      const empty = line.content >= line.end;
      if (!empty && line.content - line.start <= parent) break;
      if (!empty) end = line.end;
    }
    this.toContent(at);
    return { kind: 'scalar', text: this.text.slice(start, end), span: { start, end } };
  }

  private isDash(): boolean {
    return this.text[this.offset] === '-' && /[\s]|^$/.test(this.text[this.offset + 1] ?? '');
  }

  /** A word at the top of the file, or where the next line has a key: `ep` above `batchSize: 3`. */
  private isUnfinishedKey(parent: number): boolean {
    if (/[{["'|>&*!#]/.test(this.text[this.offset] ?? '')) return false;
    if (parent < 0) return true;
    const next = this.lines.slice(this.at + 1).find(({ blank }) => !blank);
    if (next === undefined || next.content - next.start !== this.column) return false;
    return findKey(this.text, next.content, next.end) !== undefined;
  }

  private keyHere(): Key | undefined {
    return findKey(this.text, this.offset, this.line?.end ?? this.offset);
  }
}

/** Lines that are indented deeper than their neighbours belong to the key above them, as far as one can tell. */
function adopt(entries: OutlineEntry[], node: OutlineNode | undefined): void {
  const last = entries.at(-1);
  if (last === undefined || node === undefined || node.kind === 'scalar') return;
  if (last.value?.kind === 'map' && node.kind === 'map')
    (last.value as MapDraft).entries.push(...node.entries);
  else entries[entries.length - 1] = { ...last, value: node };
}

function lastOf({ value, colon, keySpan }: OutlineEntry): number {
  return value?.span.end ?? (colon === undefined ? keySpan.end : colon + 1);
}

/** `key:` at the start of a line's content. */
function findKey(text: string, start: number, end: number): Key | undefined {
  const first = text[start] ?? '';
  if (first === '"' || first === "'") {
    const close = closingQuote(text, start, end);
    const colon = close + 1 + (/^\s*/.exec(text.slice(close + 1, end))?.[0].length ?? 0);
    if (close >= end || text[colon] !== ':' || colon >= end) return undefined;
    return { key: text.slice(start + 1, close), span: { start, end: close + 1 }, colon };
  }
  if (/[{[|>#]/.test(first)) return undefined;
  const match = /^((?:[^:#]|:(?=\S)|(?<=\S)#)*?)\s*:(?=\s|$)/.exec(text.slice(start, end));
  const key = match?.[1];
  if (match === null || key === undefined || key === '') return undefined;
  return { key, span: { start, end: start + key.length }, colon: start + match[0].length - 1 };
}

function plainText(text: string): string {
  return text.replace(/(^|\s)#.*$/, '').trimEnd();
}
