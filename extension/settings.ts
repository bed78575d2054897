import { type ConfigurationScope, ConfigurationTarget, workspace } from 'vscode';
import { type OnSavePolicy, onSavePolicies } from '../server/protocol/editor.ts';

/**
 * The settings that the host reads; the server asks for `selfsup.runs.*` itself and the language client follows
 * `selfsup.trace.server`. Read where they are needed, never kept.
 */
const read = <T>(key: string, scope?: ConfigurationScope): T | undefined =>
  workspace.getConfiguration('selfsup', scope).get<T>(key);

/** The Node.js that runs the server; undefined for the editor's own. */
export function serverNode(): string | undefined {
  return read<string>('server.node')?.trim() || undefined;
}

/** What to do when a config with runs is saved. */
export function onSavePolicy(scope: ConfigurationScope): OnSavePolicy {
  const value = read<string>('runs.onSave', scope);
  return onSavePolicies.find((policy) => policy === value) ?? 'ask';
}

/** Remembers the policy for this workspace. */
export async function writeOnSavePolicy(policy: OnSavePolicy, scope: ConfigurationScope): Promise<void> {
  await workspace
    .getConfiguration('selfsup', scope)
    .update('runs.onSave', policy, ConfigurationTarget.Workspace);
}
