import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { type Place, type Problem, problemAt } from './problem.ts';
import { type Repair, removeAt } from './repairs.ts';
import type { Entry, MapTree, Tree } from './tree.ts';

/** Aliases can repeat each other; a config beyond this many values is a mistake or an attack. */
const maxNodes = 20_000;

/** Reads YAML text; `tree` is undefined where the text is not a mapping that can be checked further. */
export function parseYaml(text: string, file: string): { tree?: MapTree; problems: Problem[] } {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: true,
  });
  const place = (start: number, end: number): Place => {
    const from = lines.linePos(start);
    const to = lines.linePos(Math.max(start, end));
    return { file, line: from.line, column: from.col, endLine: to.line, endColumn: to.col };
  };
  // One line can break several rules of YAML's grammar; the first says enough.
  const problems = [
    ...document.errors.map((error) => syntaxProblem(error, source, place, 'error')),
    ...document.warnings.map((warning) => syntaxProblem(warning, source, place, 'warning')),
  ].filter((problem, i, all) => all.findIndex(({ line }) => line === problem.line) === i);
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { problems };

  const contents = document.contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    problems.push(
      problemAt(place(0, 0), {
        path: [],
        severity: 'error',
        code: 'emptyFile',
        message: 'the config is empty',
        found: 'no keys',
        expected: 'a mapping with data, encoder and pretext',
        fix: 'write a config, or let `selfsup init <folder>` write one for your data',
      }),
    );
    return { problems };
  }
  const reader = new TreeReader(document, place);
  const tree = reader.read(contents as Node);
  problems.push(...reader.problems);
  if (reader.problems.length > 0) return { problems };
  if (tree.kind !== 'map') {
    problems.push(
      problemAt(tree.place, {
        path: [],
        severity: 'error',
        code: 'wrongType',
        message: 'the config is not a mapping',
        found: tree.kind === 'list' ? 'a list' : 'a single value',
        expected: 'a mapping with data, encoder and pretext',
        fix: 'write keys at the start of the line, e.g. `data:`',
      }),
    );
    return { problems };
  }
  return { tree, problems };
}

/** Turns the YAML library's nodes into ours: aliases and merge keys resolved, every value with its place. */
class TreeReader {
  readonly problems: Problem[] = [];
  private count = 0;
  private readonly open = new Set<Node>();

  constructor(
    private readonly document: Document,
    private readonly place: (start: number, end: number) => Place,
  ) {}

  read(node: Node | null, fallback?: Place): Tree {
    const place = node?.range ? this.place(node.range[0], node.range[1]) : (fallback ?? this.place(0, 0));
    if (++this.count > maxNodes)
      return this.refuse(place, `more than ${maxNodes} values`, 'use fewer aliases');
    if (isAlias(node)) return this.readAlias(node, place);
    if (isMap(node)) {
      const entries = new Map<string, Entry>();
      const merged: Entry[] = [];
      for (const pair of node.items) this.readPair(pair as Pair<Node, Node | null>, place, entries, merged);
      for (const { value } of merged) {
        for (const map of value.kind === 'list' ? value.items : [value]) {
          if (map.kind !== 'map') continue;
          for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
        }
      }
      return { kind: 'map', entries, place };
    }
    if (isSeq(node))
      return { kind: 'list', items: node.items.map((item) => this.read(item as Node, place)), place };
    const value = (node as Scalar | null)?.value ?? null;
    const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    return { kind: 'scalar', value: value as string, place, quoted };
  }

  private readPair(
    pair: Pair<Node, Node | null>,
    parent: Place,
    entries: Map<string, Entry>,
    merged: Entry[],
  ): void {
    if (!isPair(pair)) return;
    const keyPlace = pair.key?.range ? this.place(pair.key.range[0], pair.key.range[1]) : parent;
    const entry = { key: keyPlace, value: this.read(pair.value, keyPlace) };
    if (!isScalar(pair.key)) {
      this.refuse(keyPlace, 'a key that is a list or a mapping', 'write a plain word before the colon');
    } else if (pair.key.source === '<<') {
      merged.push(entry);
    } else {
      entries.set(String(pair.key.source ?? pair.key.value), entry);
    }
  }

  private readAlias(node: Alias, place: Place): Tree {
    const target = node.resolve(this.document);
    if (target === undefined || this.open.has(target)) {
      return this.refuse(place, `*${node.source}`, 'name an anchor that is complete before this line');
    }
    this.open.add(target);
    const tree = this.read(target);
    this.open.delete(target);
    return tree;
  }

  private refuse(place: Place, found: string, fix: string): Tree {
    if (this.problems.length === 0) {
      this.problems.push(
        problemAt(place, {
          path: [],
          severity: 'error',
          code: 'syntax',
          message: 'this YAML cannot be a config',
          found,
          expected: 'plain keys and values',
          fix,
        }),
      );
    }
    return { kind: 'scalar', value: null, place, quoted: false };
  }
}

/** What the YAML library's error codes mean to somebody who does not know YAML's grammar. */
const explanations: Readonly<Record<string, { message: string; expected: string; fix: string }>> = {
  DUPLICATE_KEY: { message: 'a key is given twice', expected: 'each key once', fix: 'keep one of the two' },
  TAB_AS_INDENT: { message: 'a tab is used to indent', expected: 'spaces', fix: 'replace the tab by spaces' },
  BAD_INDENT: {
    message: 'the indentation does not fit',
    expected: 'keys of one mapping in the same column',
    fix: 'align this line with its neighbours',
  },
  MISSING_CHAR: {
    message: 'something is not closed',
    expected: 'a closing quote, bracket, comma or colon',
    fix: 'close what this line opens',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key runs over several lines',
    expected: 'key: value on one line',
    fix: 'is a colon missing after a key on this line?',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'two values on one line',
    expected: 'key: value',
    fix: 'put quotes around a value that contains a colon, or start a new line',
  },
  MULTIPLE_DOCS: {
    message: 'the file holds several documents',
    expected: 'one config a file',
    fix: 'remove the line ---, or move the second config to its own file',
  },
  TAG_RESOLVE_FAILED: {
    message: 'a YAML tag is not known',
    expected: 'plain values',
    fix: 'remove the word that starts with !',
  },
};

function syntaxProblem(
  error: YAMLError,
  source: string,
  place: (start: number, end: number) => Place,
  severity: Problem['severity'],
): Problem {
  const [start, end] = error.pos;
  const lineStart = source.lastIndexOf('\n', Math.max(0, start - 1)) + 1;
  const [line = '', ...below] = source.slice(lineStart).split(/\r?\n/);
  const next = below.find((each) => each.trim() !== '') ?? '';
  const deeper = /IMPLICIT_KEY$/.test(error.code) && indentOf(next) > indentOf(line) && next.includes(':');
  const unclosed = error.code === 'BAD_INDENT' && error.message.includes('end with a');
  const code = deeper ? 'BAD_INDENT' : unclosed ? 'MISSING_CHAR' : error.code;
  const known = explanations[code] ?? {
    message: 'this is not valid YAML',
    expected: `valid YAML: ${error.message.split('\n')[0]}`,
    fix: 'correct this line',
  };
  const shown = deeper ? next : line;
  const at = deeper ? source.indexOf(next, lineStart + line.length) + indentOf(next) : start;
  return problemAt(place(at, Math.max(at, end)), {
    path: [],
    severity,
    code: error.code === 'DUPLICATE_KEY' ? 'duplicateKey' : 'syntax',
    ...known,
    ...(shown.trim() === '' && { fix: 'close the quote or bracket that is opened above' }),
    found: shown.trim() === '' ? 'the end of the text' : shown.trimEnd().replaceAll('\t', '→').trim(),
    ...syntaxRepairs(code, source, start, place),
  });
}

/** The few mistakes in the grammar that have only one remedy. */
function syntaxRepairs(
  code: string,
  source: string,
  start: number,
  place: (start: number, end: number) => Place,
): { repairs?: readonly Repair[] } {
  if (code === 'DUPLICATE_KEY') return { repairs: [removeAt(place(start, start), 'this one')] };
  if (code !== 'TAB_AS_INDENT') return {};
  const blank = /^[\t ]*/.exec(source.slice(start))?.[0] ?? '';
  const text = blank.replaceAll('\t', '  ');
  const title = 'Replace the tab by spaces';
  return { repairs: [{ kind: 'replace', title, place: place(start, start + blank.length), text }] };
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
