import { window } from 'vscode';
import type { Handler } from '../commands.ts';
import { namedRuns, runPick } from '../targets.ts';

/** Shows the runs that are named, else those of the config, else the live or newest one. */
export const openPanel: Handler = async (context, target, selected) => {
  const named = namedRuns(target, selected);
  const newest = target.configFile === undefined ? undefined : context.runs.ofConfig(target.configFile)[0];
  await context.server.start();
  await context.panels.showRuns(named.length > 0 ? named : newest ? [newest.id] : []);
};

/** Lays runs over each other: those selected in the tree, else those picked. */
export const compareRuns: Handler = async (context, target, selected) => {
  const named = namedRuns(target, selected ?? context.tree.selection);
  if (named.length > 1) {
    await context.panels.showRuns(named);
    return;
  }
  const configFile = target.configFile ?? (named[0] && context.runs.get(named[0])?.configFile);
  const candidates = configFile === undefined ? context.runs.all : context.runs.ofConfig(configFile);
  if (candidates.length < 2) {
    window.showInformationMessage('Comparing takes two runs or more.');
    return;
  }
  const picked = await window.showQuickPick(
    candidates.map((run, index) => ({
      ...runPick(run),
      picked: named.length > 0 ? named.includes(run.id) : index < 2,
    })),
    { placeHolder: 'Compare which runs?', canPickMany: true, matchOnDescription: true },
  );
  if (picked && picked.length > 0) await context.panels.showRuns(picked.map(({ run }) => run.id));
};
