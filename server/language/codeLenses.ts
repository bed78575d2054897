import type { CodeLens, Command } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { RunSummary } from '../protocol/runView.ts';
import { entryOf, type Span } from './outline.ts';
import { rangeOf } from './positions.ts';
import { readOutline } from './readOutline.ts';

export interface LensContext {
  readonly file: string;
  /** Runs that came from this file, newest first. */
  readonly runs: readonly RunSummary[];
  readonly trusted: boolean;
  /** Without errors, as far as known. */
  readonly valid: boolean;
}

/** What can be done with a config, above its first key, `pretext` and `downstream`. */
export function codeLenses(document: TextDocument, context: LensContext): CodeLens[] {
  const outline = readOutline(document.getText());
  const first = outline.entries[0];
  if (first === undefined || !context.trusted) return [];
  const lenses: CodeLens[] = [];
  const add = (span: Span, commands: readonly Command[]): void => {
    const range = rangeOf(document, span);
    lenses.push(...commands.map((command) => ({ range, command })));
  };
  add(first.keySpan, runCommands(context));
  const pretext = entryOf(outline, 'pretext');
  if (pretext !== undefined && context.valid) {
    add(pretext.keySpan, [command('Preview', 'selfsup.previewPretext', { configFile: context.file })]);
  }
  const downstream = entryOf(outline, 'downstream');
  if (downstream !== undefined && context.valid && context.runs.some(hasPretraining)) {
    add(downstream.keySpan, [
      command('Fine-tune only', 'selfsup.fineTuneOnly', { configFile: context.file }),
    ]);
  }
  return lenses;
}

function runCommands({ file, runs, valid }: LensContext): Command[] {
  const active = runs.filter(isActive);
  const [newest] = runs;
  const commands: Command[] = active.map((run) =>
    command(`$(debug-stop) Stop (${stateOf(run)})`, 'selfsup.stop', { run: run.id }),
  );
  if (active.length === 0 && valid)
    commands.push(command('$(play) Run', 'selfsup.run', { configFile: file }));
  if (active.length === 0 && newest?.resumable) {
    commands.push(command(`$(debug-continue) Resume ${newest.name}`, 'selfsup.resume', { run: newest.id }));
  }
  if (newest !== undefined) commands.push(command('Show', 'selfsup.openPanel', { run: newest.id }));
  if (runs.length > 1)
    commands.push(command(`Compare ${runs.length} runs`, 'selfsup.compareRuns', { configFile: file }));
  return commands;
}

function command(title: string, id: string, argument: { configFile: string } | { run: string }): Command {
  return { title, command: id, arguments: [argument] };
}

function isActive({ state }: RunSummary): boolean {
  return state === 'queued' || state === 'preparing' || state === 'running';
}

/** A finished or stopped pretraining that fine-tuning can start from. */
function hasPretraining({ state, best }: RunSummary): boolean {
  return state === 'finished' || state === 'stopped' || best.finetune !== undefined;
}

/** `epoch 3/20`, `queued` */
function stateOf({ state, progress, stage }: RunSummary): string {
  if (state !== 'running' || progress === undefined) return state;
  if (progress.epoch !== undefined && progress.epochs !== undefined)
    return `epoch ${Math.floor(progress.epoch)}/${progress.epochs}`;
  return stage?.title ?? `step ${progress.step}/${progress.steps}`;
}
