import { Disposable, Uri, window, workspace } from 'vscode';
import { languageId } from '../ids.ts';
import type { Panel } from './panel.ts';

/** Edits follow each other faster than pictures can be drawn. */
const settleMs = 150;

/** Keeps a preview on the config that is being edited, and on its text as it stands in the editor. */
export function followConfig(panel: Panel): Disposable {
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    const { configFile } = panel.state;
    if (configFile === undefined) return;
    const document = await workspace.openTextDocument(Uri.file(configFile)).then(
      (opened) => opened,
      () => undefined, // deleted: the last picture stays
    );
    if (document) panel.configChanged(configFile, document.getText());
  };
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(send, settleMs);
  };
  panel.onReady(soon);
  panel.onFollow(soon);
  const subscriptions = [
    workspace.onDidChangeTextDocument(({ document }) => {
      if (document.uri.fsPath === panel.state.configFile) soon();
    }),
    window.onDidChangeActiveTextEditor((editor) => {
      const document = editor?.document;
      if (document?.languageId !== languageId || document.uri.scheme !== 'file') return;
      panel.follow(document.uri.fsPath);
    }),
    new Disposable(() => clearTimeout(timer)),
  ];
  return Disposable.from(...subscriptions);
}
