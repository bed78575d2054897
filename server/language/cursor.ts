import type { KeyPath } from '../config/problem.ts';
import { locate, type OutlineMap, type Span } from './outline.ts';
import { readOutline } from './readOutline.ts';

/** Stands for the word at the cursor, so that an empty place is something, too. A private-use character. */
const mark = '\uE0FF';

/** Where the cursor is, in terms of keys. */
export interface Cursor {
  /** `key`: `path` leads to the mapping that gets a key. `value`: `path` leads to the value. */
  readonly part: 'key' | 'value';
  readonly path: KeyPath;
  /** What an answer replaces: the word around the cursor. */
  readonly span: Span;
  /** The word up to the cursor, and all of it. */
  readonly prefix: string;
  readonly word: string;
  /** The key has its colon already. */
  readonly colon: boolean;
  /** Keys that the mapping has, without the word at the cursor. */
  readonly siblings: readonly string[];
  /** Between braces or brackets. */
  readonly flow: boolean;
  /** Column of the first character of the word. */
  readonly column: number;
  /** The word begins its line (or follows a dash): a block may stand here. */
  readonly ownLine: boolean;
  /** Nothing separates the word from a colon or dash before it. */
  readonly needsSpace: boolean;
  readonly quote?: '"' | "'";
  /** The text without the word at the cursor. */
  readonly outline: OutlineMap;
}

/** Undefined in comments and where keys mean nothing. */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const needsSpace =
    /[:-]$/.test(text.slice(Math.max(0, offset - 1), offset)) && followsIndicator(text, offset);
  const inserted = needsSpace ? ` ${mark}` : mark;
  const outline = readOutline(text.slice(0, offset) + inserted + text.slice(offset));
  const found = locate(outline, offset + inserted.length);
  if (found === undefined) return undefined;
  const { path, part, node, entry, parent } = found;
  const scalar = node?.kind === 'scalar' ? node : undefined;
  const word = part === 'key' ? (entry?.key ?? '') : (scalar?.text ?? '');
  const at = word.indexOf(mark);
  const marked = part === 'key' ? entry?.keySpan : scalar?.span;
  if (at < 0 || marked === undefined || /[\r\n]/.test(word)) return undefined;
  const quote = part === 'value' ? scalar?.quote : undefined;
  const start = marked.start + (quote === undefined ? 0 : 1) - (needsSpace ? 1 : 0);
  const whole = word.replace(mark, '');
  if (text.slice(start, start + whole.length) !== whole) return undefined;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(lineStart, start);
  const entries = parent?.kind === 'map' ? parent.entries : [];
  return {
    part,
    path: part === 'key' ? path.slice(0, -1) : path,
    span: { start, end: start + whole.length },
    prefix: word.slice(0, at),
    word: whole,
    colon: part === 'key' && entry?.colon !== undefined,
    siblings: part === 'key' ? entries.filter((each) => each !== entry).map(({ key }) => key) : [],
    flow: parent?.flow ?? false,
    column: start - lineStart + (needsSpace ? 1 : 0),
    ownLine: /^\s*(-\s+)*-?\s*$/.test(before),
    needsSpace,
    ...(quote !== undefined && { quote }),
    outline: readOutline(text.slice(0, start) + text.slice(start + whole.length)),
  };
}

/** `key:` and a dash alone on its line want a space before what follows. */
function followsIndicator(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^\s*(-\s+)*-$/.test(line) || /[\w"'.]:$/.test(line);
}
