import { type LogOutputChannel, Range, Uri, window } from 'vscode';
import type { ResponseError } from 'vscode-jsonrpc';
import type { EditorFailure } from '../server/protocol/editor.ts';

/** Messages of the server are written for people; a mistake in a file can be opened, everything else is in the log. */
export async function showFailure(error: unknown, log: LogOutputChannel): Promise<void> {
  const text = error instanceof Error ? error.message : String(error);
  log.error(text, isResponseError(error) ? JSON.stringify(error.data ?? null) : error);
  const failure = failureOf(error);
  const file = failure?.file;
  const actions = file === undefined ? ['Show Logs'] : ['Open File', 'Show Logs'];
  const show = failure && failure.kind !== 'internal' ? window.showWarningMessage : window.showErrorMessage;
  const chosen = await show(text, ...actions);
  if (chosen === 'Show Logs') log.show();
  if (chosen === 'Open File' && file !== undefined) {
    const line = (failure?.line ?? 1) - 1;
    const column = (failure?.column ?? 1) - 1;
    await window.showTextDocument(Uri.file(file), { selection: new Range(line, column, line, column) });
  }
}

function failureOf(error: unknown): EditorFailure | undefined {
  if (!isResponseError(error)) return undefined;
  const data: unknown = error.data;
  return data !== null && typeof data === 'object' && 'kind' in data ? (data as EditorFailure) : undefined;
}

/** Told by its shape: its class is loaded on demand (onDemand.ts). */
function isResponseError(error: unknown): error is ResponseError<unknown> {
  return error instanceof Error && 'code' in error && 'data' in error;
}
