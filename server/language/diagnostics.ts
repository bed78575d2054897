import { pathToFileURL } from 'node:url';
import { type Diagnostic, DiagnosticSeverity, type Range } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Problem } from '../config/problem.ts';
import { entryOf } from './outline.ts';
import { Offsets, rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

/** A problem as editors show it, together with itself: code actions need both. */
export interface PlacedProblem {
  readonly problem: Problem;
  readonly diagnostic: Diagnostic;
}

/** The problems that stand in one file, on its text. */
export function placeProblems(problems: readonly Problem[], file: string, text: string): PlacedProblem[] {
  const document = TextDocument.create('', 'selfsup', 0, text);
  const offsets = new Offsets(text);
  return problems
    .filter((problem) => problem.file === file)
    .map((problem) => ({
      problem,
      diagnostic: diagnosticOf(problem, rangeOf(document, visible(offsets.span(problem), text))),
    }));
}

/**
 * The problems of extended files that are not open: shown where this file extends them, with a link to the place.
 * @param isShown whether a file shows its problems itself
 */
export function inheritedProblems(
  problems: readonly Problem[],
  file: string,
  text: string,
  isShown: (file: string) => boolean,
): PlacedProblem[] {
  const document = TextDocument.create('', 'selfsup', 0, text);
  const entry = entryOf(readOutline(text), 'extends');
  const span = entry?.value?.span ?? entry?.keySpan ?? { start: 0, end: 0 };
  return problems
    .filter((problem) => problem.file !== file && !isShown(problem.file))
    .map((problem) => {
      const start = { line: problem.line - 1, character: problem.column - 1 };
      const end = { line: problem.endLine - 1, character: problem.endColumn - 1 };
      const location = { uri: pathToFileURL(problem.file).href, range: { start, end } };
      return {
        problem,
        diagnostic: {
          ...diagnosticOf(problem, rangeOf(document, span)),
          relatedInformation: [{ location, message: problem.message }],
        },
      };
    });
}

function diagnosticOf(problem: Problem, range: Range): Diagnostic {
  const { message, found, expected, fix, code, severity } = problem;
  return {
    range,
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'selfsup',
    message: `${message}\nfound: ${found}\nexpected: ${expected}\nfix: ${fix}`,
    data: { fix },
  };
}

/** Something that can be seen: a place without length takes the character after it, or before it at a line's end. */
function visible(
  { start, end }: { start: number; end: number },
  text: string,
): { start: number; end: number } {
  if (end > start) return { start, end };
  return /[^\r\n]/.test(text[start] ?? '')
    ? { start, end: start + 1 }
    : { start: Math.max(0, start - 1), end: start };
}
