import path from 'node:path';
import { commands, env, ProgressLocation, UIKind, Uri, window } from 'vscode';
import { deleteRunRequest, exportRunRequest, renameRunRequest } from '../../server/protocol/editor.ts';
import type { Handler } from '../commands.ts';
import { isLive } from '../runs/runsModel.ts';
import { runTargets } from '../targets.ts';

const formats = [
  { label: 'ONNX', description: 'runs anywhere ONNX Runtime does', format: 'onnx', picked: true },
  { label: 'safetensors', description: 'the weights, for Python', format: 'safetensors', picked: false },
] as const;

/** Writes the encoder of a run as files. */
export const exportRun: Handler = async (context, target) => {
  const [run] = await runTargets(target, undefined, context.runs, {
    ask: 'Export the encoder of which run?',
    fits: () => true,
    none: 'There are no runs yet.',
  });
  if (run === undefined) return;
  const picked = await window.showQuickPick(formats, {
    placeHolder: `Export the encoder of "${run.name}" as`,
    canPickMany: true,
  });
  if (!picked || picked.length === 0) return;
  const { files } = await window.withProgress(
    { location: ProgressLocation.Notification, title: `Exporting "${run.name}"`, cancellable: true },
    (_, token) =>
      context.server.request<{ files: readonly string[] }>(
        exportRunRequest,
        { run: run.id, formats: picked.map(({ format }) => format) },
        token,
      ),
  );
  const [first] = files;
  if (first === undefined) return;
  const chosen = await window.showInformationMessage(
    `Exported: ${files.map((file) => path.basename(file)).join(', ')}`,
    'Reveal',
    'Copy Path',
  );
  const here = env.remoteName === undefined && env.uiKind === UIKind.Desktop;
  if (chosen === 'Reveal')
    await commands.executeCommand(here ? 'revealFileInOS' : 'revealInExplorer', Uri.file(first));
  if (chosen === 'Copy Path') await env.clipboard.writeText(first);
};

export const renameRun: Handler = async (context, target) => {
  const [run] = await runTargets(target, undefined, context.runs, {
    ask: 'Rename which run?',
    fits: () => true,
    none: 'There are no runs yet.',
  });
  if (run === undefined) return;
  const name = await window.showInputBox({
    title: 'Rename Run',
    value: run.name,
    validateInput: (text) => (text.trim() === '' ? 'A run needs a name.' : undefined),
  });
  if (name === undefined || name.trim() === run.name) return;
  await context.server.request(renameRunRequest, { run: run.id, name: name.trim() });
};

/** Deletes run folders, after asking. */
export const deleteRun: Handler = async (context, target, selected) => {
  const runs = await runTargets(target, selected, context.runs, {
    ask: 'Delete which run?',
    fits: (run) => !isLive(run),
    none: 'There is no run to delete: live runs have to be stopped first.',
  });
  const [first] = runs;
  if (first === undefined) return;
  const what = runs.length === 1 ? `the run "${first.name}"` : `${runs.length} runs`;
  const chosen = await window.showWarningMessage(
    `Delete ${what}?`,
    {
      modal: true,
      detail: `${runs.length === 1 ? 'Its folder goes' : 'Their folders go'} with all checkpoints, curves and exports. This cannot be undone.`,
    },
    'Delete',
  );
  if (chosen !== 'Delete') return;
  for (const { id } of runs) await context.server.request(deleteRunRequest, { run: id });
};

/** Narrows the tree down to runs with these words in their name, state or config. */
export const filterRuns: Handler = async (context) => {
  const text = await window.showInputBox({
    title: 'Filter Runs',
    value: context.tree.filter,
    prompt: 'Words in the name, state or config file. Empty shows all runs.',
  });
  if (text !== undefined) await context.tree.setFilter(text);
};
