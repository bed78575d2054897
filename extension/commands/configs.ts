import { commands, ProgressLocation, Uri, WorkspaceEdit, window, workspace } from 'vscode';
import { type ProposedConfig, proposeConfigRequest } from '../../server/protocol/editor.ts';
import type { Handler } from '../commands.ts';
import { configTarget } from '../targets.ts';

/** The user's own samples as the pretext task sees them, beside the config. */
export const previewPretext: Handler = async (context, target) => {
  const configFile = await configTarget(target, context.runs);
  if (configFile === undefined) return;
  await window.showTextDocument(Uri.file(configFile), { preserveFocus: false });
  await context.panels.showPreview(configFile);
};

/** Looks at a folder of data, writes a commented config for it and opens it. */
export const newConfig: Handler = async (context, _target, _selected, argument) => {
  const folder = argument instanceof Uri ? argument : await askForFolder();
  if (folder === undefined) return;
  const proposed = await window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: `Looking at ${workspace.asRelativePath(folder)}`,
      cancellable: true,
    },
    (_, token) =>
      context.server.request<ProposedConfig>(proposeConfigRequest, { folder: folder.fsPath }, token),
  );
  const file = Uri.file(proposed.file);
  const edit = new WorkspaceEdit();
  edit.createFile(file, { contents: Buffer.from(proposed.text), overwrite: false });
  if (!(await workspace.applyEdit(edit))) {
    throw new Error(`${workspace.asRelativePath(file)} exists already; nothing was written.`);
  }
  await window.showTextDocument(file);
  const chosen = await window.showInformationMessage(proposed.summary, 'Run', 'Preview');
  const target = { configFile: file.fsPath };
  if (chosen === 'Run') await commands.executeCommand('selfsup.run', target);
  if (chosen === 'Preview') await commands.executeCommand('selfsup.previewPretext', target);
};

async function askForFolder(): Promise<Uri | undefined> {
  const [folder] =
    (await window.showOpenDialog({
      title: 'Data to Learn From',
      openLabel: 'Use as Data',
      canSelectFolders: true,
      canSelectFiles: true,
      canSelectMany: false,
      ...(workspace.workspaceFolders?.[0] && { defaultUri: workspace.workspaceFolders[0].uri }),
    })) ?? [];
  return folder;
}
