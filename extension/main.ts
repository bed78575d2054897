import { type ExtensionContext, workspace } from 'vscode';
import type { RunSummary } from '../server/protocol/runView.ts';
import type { ServerState } from './client.ts';
import { registerCommands } from './commands.ts';
import { Context } from './context.ts';
import { languageId } from './ids.ts';

/** What `activate` gives to tests and other extensions. */
export interface Api {
  serverState(): ServerState;
  serverPid(): number | undefined;
  /** The runs as the tree shows them, newest first. */
  runs(): readonly RunSummary[];
  /** Starts the server if need be; resolves when it answers. */
  ready(): Promise<void>;
}

let context: Context | undefined;

/** Wires the extension together. The server starts when somebody needs it. */
export function activate(extension: ExtensionContext): Api {
  const here = new Context(extension);
  context = here;
  extension.subscriptions.push(
    here,
    registerCommands(here),
    workspace.onDidOpenTextDocument((document) => {
      if (document.languageId === languageId) here.need();
    }),
  );
  if (workspace.textDocuments.some((document) => document.languageId === languageId)) here.need();
  here.needIfRuns();
  return {
    serverState: () => here.server.state,
    serverPid: () => here.server.pid,
    runs: () => here.runs.all,
    ready: async () => {
      await here.server.start();
    },
  };
}

/** Ends the server; trainers go on, as `selfsup.runs.keepAlive` says. */
export async function deactivate(): Promise<void> {
  await context?.server.stop();
  context = undefined;
}
