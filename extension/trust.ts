import { commands, window, workspace } from 'vscode';

/** Whether the workspace is trusted; says what to do when it is not. Menus hide what needs trust, code lenses cannot. */
export async function requireTrust(): Promise<boolean> {
  if (workspace.isTrusted) return true;
  const chosen = await window.showWarningMessage(
    'This workspace is in Restricted Mode: Selfsup helps with config files, but reads no data and trains nothing.',
    'Manage Workspace Trust',
  );
  if (chosen !== undefined) await commands.executeCommand('workbench.trust.manage');
  return false;
}
