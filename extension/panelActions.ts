import { commands, type LogOutputChannel, Position, Range, Uri, window } from 'vscode';
import type { PanelAction } from '../server/protocol/panel.ts';
import type { CommandId } from './ids.ts';

const commandOf: Readonly<Record<Exclude<PanelAction['action'], 'openFile'>, CommandId>> = {
  openConfig: 'selfsup.openConfig',
  openReport: 'selfsup.openReport',
  openLog: 'selfsup.openLog',
  diffConfigs: 'selfsup.diffConfigs',
  stop: 'selfsup.stop',
  resume: 'selfsup.resume',
  export: 'selfsup.exportRun',
  showLogs: 'selfsup.showLogs',
};

/** Does what the panel asks of the editor: the same commands that everybody else has. */
export async function act(log: LogOutputChannel, action: PanelAction): Promise<void> {
  if (opens.includes(action.action)) await leavePanel();
  if (action.action === 'openFile') return openFile(action.file, action.line);
  const command = commandOf[action.action];
  if (command === undefined) log.warn(`The panel asked for an unknown action: ${action.action}`);
  else await commands.executeCommand(command, action);
}

/** What opens in the editors: beside the panel, not over it. */
const opens: readonly PanelAction['action'][] = [
  'openFile',
  'openConfig',
  'openReport',
  'openLog',
  'diffConfigs',
];

/** Whoever pressed something in the panel has the focus there; editors open where it is. */
async function leavePanel(): Promise<void> {
  if (window.tabGroups.all.length > 1) await commands.executeCommand('workbench.action.focusPreviousGroup');
}

/** Opens a text at a line; other files (pictures) in whatever editor is made for them. */
async function openFile(file: string, line?: number): Promise<void> {
  if (line === undefined) {
    await commands.executeCommand('vscode.open', Uri.file(file));
    return;
  }
  const start = new Position(Math.max(0, line - 1), 0);
  await window.showTextDocument(Uri.file(file), { preview: true, selection: new Range(start, start) });
}
