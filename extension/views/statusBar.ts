import { type Disposable, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { ServerClient } from '../client.ts';
import type { RunsModel } from '../runs/runsModel.ts';
import { statusText } from './statusText.ts';

/** One item: the live run, or a server that failed; hidden when there is nothing to tell. */
export function createStatusBar(runs: RunsModel, server: ServerClient): Disposable {
  const item = window.createStatusBarItem('selfsup.status', StatusBarAlignment.Left, 10);
  item.name = 'Selfsup';

  const show = (): void => {
    if (server.state === 'failed') {
      item.text = '$(error) Selfsup';
      item.tooltip = 'The Selfsup server is not running. Click to start it again.';
      item.backgroundColor = new ThemeColor('statusBarItem.errorBackground');
      item.command = 'selfsup.restartServer';
      item.accessibilityInformation = { label: item.tooltip, role: 'button' };
      item.show();
      return;
    }
    const status = statusText(runs.live);
    if (status === undefined) {
      item.hide();
      return;
    }
    item.text = status.text;
    item.tooltip = `${status.spoken}. Click to open the panel.`;
    item.backgroundColor = undefined;
    item.command = 'selfsup.openPanel';
    item.accessibilityInformation = { label: status.spoken, role: 'button' };
    item.show();
  };
  const subscriptions = [runs.onDidChange(show), server.onDidChangeState(show)];
  show();
  return {
    dispose: () => {
      for (const subscription of subscriptions) subscription.dispose();
      item.dispose();
    },
  };
}
