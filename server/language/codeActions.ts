import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type Range,
  type TextEdit,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkConfig } from '../config/check.ts';
import { formatPath, type Problem } from '../config/problem.ts';
import type { Repair } from '../config/repairs.ts';
import type { DataFacts } from '../protocol/trainer.ts';
import { applyChange, changeOf, type TextChange } from './applyRepair.ts';
import type { ReadFile } from './mergedValue.ts';
import { rangeOf } from './positions.ts';

export interface RepairContext {
  readonly file: string;
  readonly text: string;
  readonly readFile: ReadFile;
  /** Whether the disk may be looked at for paths. */
  readonly disk: boolean;
  readonly facts?: DataFacts;
}

/** A repair as changes of one file, known to solve its problem. */
export interface CheckedRepair {
  readonly title: string;
  readonly file: string;
  readonly text: string;
  readonly change: TextChange;
}

/** More choices than this are no help. */
const mostRepairs = 8;

/** The repairs of a problem that do solve it: each is tried on the text, and what does not help is not offered. */
export function checkedRepairs(
  problem: Problem,
  context: RepairContext,
  before: readonly Problem[] = problemsOf(context),
): CheckedRepair[] {
  const repairs = (problem.repairs ?? []).slice(0, mostRepairs);
  return repairs.flatMap((repair) => tryRepair(problem, repair, context, before) ?? []);
}

function tryRepair(
  problem: Problem,
  repair: Repair,
  context: RepairContext,
  before: readonly Problem[],
): CheckedRepair | undefined {
  const { file } = repair.place;
  const text = textOf(file, context);
  const change = text === undefined ? undefined : changeOf(repair, text);
  if (text === undefined || change === undefined) return undefined;
  const changed = applyChange(text, change);
  const after = problemsOf(context, { file, text: changed });
  const fewer = (kind: (each: Problem) => boolean): boolean =>
    after.filter(kind).length < before.filter(kind).length;
  // Text that YAML cannot read hides all other problems; that would be no solution.
  const isSyntax = ({ code }: Problem): boolean => code === 'syntax';
  const readable = after.filter(isSyntax).length <= before.filter(isSyntax).length;
  return fewer(isSame(problem)) && readable ? { title: repair.title, file, text, change } : undefined;
}

function isSame(problem: Problem): (other: Problem) => boolean {
  const name = formatPath(problem.path);
  return ({ code, message, path }) =>
    code === problem.code && message === problem.message && formatPath(path) === name;
}

function problemsOf(
  { file, text, readFile, disk, facts }: RepairContext,
  changed?: { readonly file: string; readonly text: string },
): readonly Problem[] {
  return checkConfig(file, {
    text: changed?.file === file ? changed.text : text,
    readFile: (other) => (changed?.file === other ? changed.text : readFile(other)),
    paths: disk,
    ...(facts !== undefined && { facts }),
  }).problems;
}

function textOf(file: string, context: RepairContext): string | undefined {
  if (file === context.file) return context.text;
  try {
    return context.readFile(file);
  } catch {
    return undefined;
  }
}

/** Quick fixes for the problems within a range. */
export function codeActions(
  problems: readonly { readonly problem: Problem; readonly diagnostic: Diagnostic }[],
  range: Range,
  context: RepairContext,
): CodeAction[] {
  const repairable = problems.filter(
    ({ problem, diagnostic }) => problem.repairs !== undefined && touches(diagnostic.range, range),
  );
  if (repairable.length === 0) return [];
  const before = problemsOf(context);
  return repairable.flatMap(({ problem, diagnostic }) => {
    const repairs = checkedRepairs(problem, context, before);
    return repairs.map(
      (repair, i): CodeAction => ({
        title: repair.title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: i === 0 && repairs.length === 1,
        edit: { changes: { [pathToFileURL(repair.file).href]: [textEditOf(repair)] } },
      }),
    );
  });
}

function textEditOf({ file, text, change }: CheckedRepair): TextEdit {
  const document = TextDocument.create(file, 'selfsup', 0, text);
  return { range: rangeOf(document, change.span), newText: change.text };
}

function touches(a: Range, b: Range): boolean {
  const before = (p: Range['start'], q: Range['start']): boolean =>
    p.line < q.line || (p.line === q.line && p.character < q.character);
  return !before(a.end, b.start) && !before(b.end, a.start);
}
