import type { Line } from './lines.ts';
import type { OutlineEntry, OutlineItem, OutlineNode, OutlineScalar, Span } from './outline.ts';

/**
 * Reads `{ ... }` and `[ ... ]`, over several lines. A bracket that is not closed ends before the first line that is
 * not indented deeper than its owner, so that one forgotten bracket does not swallow the file.
 */
export class FlowReader {
  private offset = 0;
  /** End of what was last read: where an unclosed collection ends. */
  private last = 0;
  private ended = false;

  constructor(
    private readonly text: string,
    private readonly lines: readonly Line[],
    private at: number,
    private readonly owner: number,
  ) {}

  /** Index of the first line behind what was read. */
  get nextLine(): number {
    return this.ended ? this.at : this.at + 1;
  }

  read(start: number): OutlineNode {
    this.offset = start;
    return this.readValue(0) ?? { kind: 'scalar', text: '', span: { start, end: start } };
  }

  private get char(): string {
    return this.ended ? '' : (this.text[this.offset] ?? '');
  }

  /** Over spaces, comments and line ends; may find that the collection has ended. */
  private skipSpace(): void {
    while (!this.ended) {
      const line = this.lines[this.at];
      if (line === undefined) {
        this.ended = true;
      } else if (this.offset >= line.end) {
        this.at++;
        while (this.lines[this.at]?.blank) this.at++;
        const next = this.lines[this.at];
        const isOwners = next !== undefined && next.content - next.start <= this.owner;
        if (next === undefined || (isOwners && !/[}\],]/.test(this.text[next.content] ?? ''))) {
          this.ended = true;
        } else {
          this.offset = next.content;
        }
      } else if (/\s/.test(this.char)) {
        this.offset++;
      } else if (this.char === '#' && /[\s,[\]{}]/.test(this.text[this.offset - 1] ?? ' ')) {
        this.offset = line.end;
      } else {
        return;
      }
    }
  }

  private readValue(depth: number): OutlineNode | undefined {
    this.skipSpace();
    if (this.char === '{') return this.readMap(depth + 1);
    if (this.char === '[') return this.readList(depth + 1);
    if (this.ended || /[,}\]]/.test(this.char)) return undefined;
    const scalar = this.readScalar();
    // Anchors and tags say nothing about where things stand.
    if (scalar.quote === undefined && /^[&!]\S*$/.test(scalar.text)) return this.readValue(depth) ?? scalar;
    return scalar;
  }

  private readMap(depth: number): OutlineNode {
    const start = this.offset++;
    const entries: OutlineEntry[] = [];
    const span = this.readUntil('}', depth, start, () => {
      const { text: key, span: keySpan } = this.readScalar();
      this.skipSpace();
      if (this.char !== ':') {
        entries.push({ key, keySpan });
        return;
      }
      const colon = this.offset++;
      const value = this.readValue(depth);
      entries.push({ key, keySpan, colon, ...(value !== undefined && { value }) });
    });
    return { kind: 'map', flow: true, entries, span };
  }

  private readList(depth: number): OutlineNode {
    const start = this.offset++;
    const items: OutlineItem[] = [];
    const span = this.readUntil(']', depth, start, () => {
      const value = this.readValue(depth);
      if (value === undefined) this.offset++;
      else items.push({ span: value.span, value });
    });
    return { kind: 'list', flow: true, items, span };
  }

  /** Reads parts between commas up to the closing bracket, or as far as the collection goes. */
  private readUntil(close: '}' | ']', depth: number, start: number, readPart: () => void): Span {
    this.last = this.offset;
    for (;;) {
      this.skipSpace();
      if (this.ended) return { start, end: this.last };
      if (this.char === close) {
        this.last = ++this.offset;
        return { start, end: this.last };
      }
      // The other kind of bracket closes a collection further out, if there is one.
      if (/[}\]]/.test(this.char) && depth > 1) return { start, end: this.last };
      if (/[,:}\]]/.test(this.char) || (close === '}' && /[{[]/.test(this.char))) this.offset++;
      else readPart();
    }
  }

  private readScalar(): OutlineScalar {
    const start = this.offset;
    const end = this.lines[this.at]?.end ?? this.text.length;
    const quote = this.char;
    if (quote === '"' || quote === "'") {
      const close = closingQuote(this.text, start, end);
      this.last = this.offset = Math.min(end, close + 1);
      const span = { start, end: this.offset };
      return { kind: 'scalar', quote, text: this.text.slice(start + 1, close), span };
    }
    const text =
      /^(?:[^,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=\S)#)*/.exec(this.text.slice(start, end))?.[0].trimEnd() ?? '';
    this.offset = start + Math.max(text.length, 1);
    this.last = start + text.length;
    return { kind: 'scalar', text, span: { start, end: start + text.length } };
  }
}

/** Offset of the quote that closes the one at `start`, or `end`. */
export function closingQuote(text: string, start: number, end: number): number {
  const quote = text[start];
  for (let i = start + 1; i < end; i++) {
    if (quote === '"' && text[i] === '\\') i++;
    else if (text[i] === quote && quote === "'" && text[i + 1] === "'") i++;
    else if (text[i] === quote) return i;
  }
  return end;
}
