import type { Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Place } from '../config/problem.ts';
import type { Span } from './outline.ts';

/**
 * Places count lines by \n and leave a byte order mark out; editors also take a lone \r for a line end. Offsets are
 * what both agree on.
 */
export class Offsets {
  private readonly starts: number[];

  constructor(private readonly text: string) {
    this.starts = [text.startsWith('\uFEFF') ? 1 : 0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  of(line: number, column: number): number {
    const start = this.starts[line - 1] ?? this.text.length;
    return Math.min(this.text.length, start + column - 1);
  }

  span({ line, column, endLine, endColumn }: Place): Span {
    const start = this.of(line, column);
    return { start, end: Math.max(start, this.of(endLine, endColumn)) };
  }
}

export function rangeOf(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
