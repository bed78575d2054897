import { Uri, window } from 'vscode';
import { onSavePolicy, writeOnSavePolicy } from './settings.ts';

/** Asks whether runs follow a saved config. The answer is for this change; *Always* and *Never* are remembered. */
export async function askRerun({
  configFile,
  text,
}: {
  readonly configFile: string;
  readonly text: string;
}): Promise<{ rerun: boolean }> {
  const scope = Uri.file(configFile);
  const policy = onSavePolicy(scope);
  if (policy !== 'ask') return { rerun: policy === 'rerun' };
  const chosen = await window.showInformationMessage(text, 'Rerun', 'Not Now', 'Always', 'Never');
  if (chosen === 'Always') await writeOnSavePolicy('rerun', scope);
  if (chosen === 'Never') await writeOnSavePolicy('off', scope);
  return { rerun: chosen === 'Rerun' || chosen === 'Always' };
}
