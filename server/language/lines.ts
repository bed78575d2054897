/** One line of a text, as offsets. */
export interface Line {
  readonly start: number;
  /** Before the line end. */
  readonly end: number;
  /** Where its indentation ends. */
  readonly content: number;
  /** Empty, only a comment, or a line between documents. */
  readonly blank: boolean;
}

/** Lines end with \n or \r\n, as in the YAML parser. */
export function splitLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf('\n', start);
    const next = newline < 0 ? text.length : newline;
    const end = text[next - 1] === '\r' && next > start ? next - 1 : next;
    let content = start;
    while (content < end && /[ \t\uFEFF]/.test(text[content] ?? '')) content++;
    const rest = text.slice(content, end);
    const marker = content === start && /^(---|\.\.\.|%)/.test(rest);
    lines.push({ start, end, content, blank: rest.trim() === '' || rest.startsWith('#') || marker });
    if (newline < 0) break;
    start = newline + 1;
  }
  return lines;
}
