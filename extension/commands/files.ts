import path from 'node:path';
import { commands, env, UIKind, Uri, window, workspace } from 'vscode';
import type { RunSummary } from '../../server/protocol/runView.ts';
import type { Handler } from '../commands.ts';
import type { Context } from '../context.ts';
import { namedRuns, runPick, runTargets, type Target } from '../targets.ts';

const any = { ask: 'Which run?', fits: () => true, none: 'There are no runs yet.' } as const;

async function oneRun(context: Context, target: Target): Promise<RunSummary | undefined> {
  const [run] = await runTargets(target, undefined, context.runs, any);
  return run;
}

const fileOf = (run: RunSummary, name: string): Uri => Uri.file(path.join(run.folder, name));

async function exists(uri: Uri): Promise<boolean> {
  return workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

/** The config that a run came from; if it is gone, the copy in the run folder. */
export const openConfig: Handler = async (context, target) => {
  if (target.run === undefined && target.configFile !== undefined) {
    await window.showTextDocument(Uri.file(target.configFile));
    return;
  }
  const run = await oneRun(context, target);
  if (run === undefined) return;
  const source = Uri.file(run.configFile);
  await window.showTextDocument((await exists(source)) ? source : fileOf(run, 'config.yaml'));
};

export const openReport: Handler = async (context, target) => {
  const run = await oneRun(context, target);
  if (run === undefined) return;
  const report = fileOf(run, 'report.md');
  if (await exists(report)) await commands.executeCommand('markdown.showPreview', report);
  else window.showInformationMessage(`"${run.name}" has no report yet: it is written when a run ends.`);
};

export const openLog: Handler = async (context, target) => {
  const run = await oneRun(context, target);
  if (run === undefined) return;
  const log = fileOf(run, 'log.txt');
  if (await exists(log)) await window.showTextDocument(log, { preview: true });
  else window.showInformationMessage(`"${run.name}" has no log yet.`);
};

/** In the system's file manager; where there is none (remote, browser), in the explorer. */
export const revealRunFolder: Handler = async (context, target) => {
  const run = await oneRun(context, target);
  if (run === undefined) return;
  const here = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  await commands.executeCommand(here ? 'revealFileInOS' : 'revealInExplorer', Uri.file(run.folder));
};

/** Two runs' resolved configs in the diff editor. */
export const diffConfigs: Handler = async (context, target, selected) => {
  const named = namedRuns(target, selected ?? context.tree.selection).flatMap(
    (id) => context.runs.get(id) ?? [],
  );
  const [left, right] = named.length === 2 ? named : ((await pickTwo(context, named)) ?? []);
  if (left === undefined || right === undefined) return;
  const [older, newer] = left.created <= right.created ? [left, right] : [right, left];
  await commands.executeCommand(
    'vscode.diff',
    fileOf(older, 'config.yaml'),
    fileOf(newer, 'config.yaml'),
    `${title(older)} ↔ ${title(newer)}`,
  );
};

async function pickTwo(
  context: Context,
  named: readonly RunSummary[],
): Promise<readonly RunSummary[] | undefined> {
  if (context.runs.all.length < 2) {
    window.showInformationMessage('Comparing configs takes two runs.');
    return undefined;
  }
  const picked = await window.showQuickPick(
    context.runs.all.map((run) => ({ ...runPick(run), picked: named.includes(run) })),
    { placeHolder: 'Pick two runs', canPickMany: true, matchOnDescription: true },
  );
  if (picked === undefined) return undefined;
  if (picked.length !== 2) window.showInformationMessage('The diff editor shows two configs: pick two runs.');
  return picked.length === 2 ? picked.map(({ run }) => run) : undefined;
}

const title = (run: RunSummary): string => `${run.name} (${new Date(run.created).toLocaleString()})`;
