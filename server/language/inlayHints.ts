import type { InlayHint, Range } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { kindOfModality } from '../config/data/registry.ts';
import type { DataFacts, Estimate } from '../protocol/trainer.ts';
import { number, plural, shortFacts } from './facts.ts';
import { endOf, entryAt, entryOf, type OutlineMap } from './outline.ts';
import { readOutline } from './readOutline.ts';

/** What is known of a config beyond its text. */
export interface Known {
  readonly facts?: DataFacts;
  readonly estimate?: Estimate;
}

/** What the data are, what the encoder costs and how long an epoch takes, behind the lines that decide it. */
export function inlayHints(document: TextDocument, range: Range, { facts, estimate }: Known): InlayHint[] {
  const text = document.getText();
  const outline = readOutline(text);
  const hints: InlayHint[] = [];
  const add = (offset: number | undefined, label: string, tooltip: string): void => {
    if (offset === undefined) return;
    const position = document.positionAt(offset);
    if (position.line < range.start.line || position.line > range.end.line) return;
    hints.push({ position, label, tooltip, paddingLeft: true });
  };
  if (facts !== undefined) {
    const entry = entryAt(outline, ['data', kindOfModality(facts.modality).key]);
    add(entry && endOf(entry), shortFacts(facts), facts.summary);
  }
  if (estimate !== undefined) {
    const { parameters, activationBytes, stepsPerEpoch, stepMs, device } = estimate;
    const cost = `${plural(parameters.encoder, 'parameter')}, ${bytes(activationBytes)} of activations`;
    add(
      sectionEnd(outline, 'encoder', text),
      cost,
      `${number(parameters.all)} parameters are trained in all`,
    );
    const epoch = `${plural(stepsPerEpoch, 'step')}/epoch, about ${seconds((stepsPerEpoch * stepMs) / 1000)}/epoch on ${device}`;
    add(sectionEnd(outline, 'train', text), epoch, `${stepMs.toPrecision(2)} ms a step, measured`);
  }
  return hints;
}

/** Behind a section's first line. */
function sectionEnd(outline: OutlineMap, section: string, text: string): number | undefined {
  const entry = entryOf(outline, section);
  if (entry === undefined) return undefined;
  const value = entry.value;
  if (value === undefined || value.kind === 'scalar' || value.flow) return endOf(entry);
  const newline = text.slice(0, value.span.start).lastIndexOf('\n');
  return (entry.colon ?? entry.keySpan.end) + 1 <= newline
    ? (entry.colon ?? entry.keySpan.end) + 1
    : endOf(entry);
}

/** `12 MB` */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, value)) / Math.log(1024)));
  const scaled = value / 1024 ** power;
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power]}`;
}

/** `15 ms`, `0.4 s`, `12 s`, `3 min`, `2.5 h` */
export function seconds(value: number): string {
  if (value < 0.0995) return `${Number((value * 1000).toPrecision(2))} ms`;
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 100) return `${Math.round(value)} s`;
  if (value < 6000) return `${Math.round(value / 60)} min`;
  return `${(value / 3600).toFixed(1)} h`;
}
