import path from 'node:path';
import { commands, type QuickPickItem, type TextEditor, Uri, window, workspace } from 'vscode';
import type { RunSummary } from '../server/protocol/runView.ts';
import { languageId } from './ids.ts';
import type { RunsModel } from './runs/runsModel.ts';
import { bestText, stateWords } from './views/format.ts';

/**
 * What a command is about. Code lenses, tree items and the panel name a config file or runs; the palette names
 * nothing, so the active editor or the user is asked.
 */
export interface Target {
  readonly configFile?: string;
  readonly run?: string;
  readonly runs?: readonly string[];
}

/** The target in a command's first argument: ours, or the Uri of a file that an editor's or explorer's menu gives. */
export function targetOf(argument: unknown): Target {
  if (argument instanceof Uri)
    return /\.selfsup\.ya?ml$/i.test(argument.fsPath) ? { configFile: argument.fsPath } : {};
  return argument !== null && typeof argument === 'object' ? argument : {};
}

/** The config file that is being edited: the active editor's, or the only one to be seen while a panel has the focus. */
export function activeConfig(): string | undefined {
  const configIn = (editor: TextEditor | undefined): string | undefined =>
    editor?.document.languageId === languageId && editor.document.uri.scheme === 'file'
      ? editor.document.uri.fsPath
      : undefined;
  const visible = new Set(window.visibleTextEditors.flatMap((editor) => configIn(editor) ?? []));
  return configIn(window.activeTextEditor) ?? (visible.size === 1 ? [...visible][0] : undefined);
}

/** The config file that is meant; asks when nothing says so. */
export async function configTarget(target: Target, runs: RunsModel): Promise<string | undefined> {
  const known = target.configFile ?? (target.run && runs.get(target.run)?.configFile) ?? activeConfig();
  if (known) return known;
  const files = await workspace.findFiles('**/*.selfsup.{yaml,yml}', '**/{node_modules,.selfsup}/**', 500);
  if (files.length === 0) {
    const chosen = await window.showInformationMessage(
      'There is no config (*.selfsup.yaml) in this workspace yet.',
      'New Config from Folder...',
    );
    if (chosen !== undefined) await commands.executeCommand('selfsup.newConfig');
    return undefined;
  }
  if (files.length === 1) return files[0]?.fsPath;
  const picked = await window.showQuickPick(
    files
      .map((uri) => ({
        label: path.basename(uri.fsPath),
        description: workspace.asRelativePath(path.dirname(uri.fsPath)),
        file: uri.fsPath,
      }))
      .sort((a, b) => a.label.localeCompare(b.label)),
    { placeHolder: 'Which config?', matchOnDescription: true },
  );
  return picked?.file;
}

/** What may be asked for when no run was named. */
export interface RunQuestion {
  readonly ask: string;
  /** Runs that make sense. */
  readonly fits: (run: RunSummary) => boolean;
  /** Told when there is none. */
  readonly none: string;
}

/** The runs that are meant: those named (or selected), else those of a config, else any; asks if several fit. */
export async function runTargets(
  target: Target,
  selected: unknown,
  runs: RunsModel,
  question: RunQuestion,
): Promise<readonly RunSummary[]> {
  const named = namedRuns(target, selected).flatMap((id) => runs.get(id) ?? []);
  if (named.length > 0) return named.filter(question.fits);
  const some = target.configFile === undefined ? runs.all : runs.ofConfig(target.configFile);
  const fitting = some.filter(question.fits);
  if (fitting.length === 0) {
    window.showInformationMessage(question.none);
    return [];
  }
  if (fitting.length === 1) return fitting;
  const picked = await window.showQuickPick(fitting.map(runPick), {
    placeHolder: question.ask,
    matchOnDescription: true,
  });
  return picked ? [picked.run] : [];
}

/** Ids in a target and in the tree's selection. */
export function namedRuns(target: Target, selected: unknown): string[] {
  const items = Array.isArray(selected) ? selected.map(targetOf) : [];
  const ids = [target, ...items].flatMap(({ run, runs }) => [...(run ? [run] : []), ...(runs ?? [])]);
  return [...new Set(ids)];
}

/** A run as an entry of a quick pick. */
export function runPick(run: RunSummary): QuickPickItem & { readonly run: RunSummary } {
  const best = bestText(run.best);
  return {
    label: run.name,
    description: [stateWords[run.state], best].filter(Boolean).join(' · '),
    detail: `${new Date(run.created).toLocaleString()} · ${workspace.asRelativePath(run.configFile)}`,
    run,
  };
}
