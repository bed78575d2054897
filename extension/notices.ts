import { commands, window } from 'vscode';

/** Something from the server that people should see. */
export interface Notice {
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly run?: string;
  readonly configFile?: string;
}

const show = {
  info: window.showInformationMessage,
  warning: window.showWarningMessage,
  error: window.showErrorMessage,
} as const;

/** Shows a notice with the way to what it is about. */
export async function showNotice({ level, text, run, configFile }: Notice): Promise<void> {
  const ways: Record<string, () => Thenable<unknown>> = {
    ...(run && {
      'Show Log': () => commands.executeCommand('selfsup.openLog', { run }),
      'Open Panel': () => commands.executeCommand('selfsup.openPanel', { run }),
    }),
    ...((configFile || run) && {
      'Open Config': () => commands.executeCommand('selfsup.openConfig', run ? { run } : { configFile }),
    }),
  };
  const chosen = await show[level](text, ...Object.keys(ways));
  if (chosen !== undefined) await ways[chosen]?.();
}
