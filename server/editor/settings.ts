import { pathToFileURL } from 'node:url';
import type { Connection } from 'vscode-languageserver';
import { type OnSavePolicy, onSavePolicies } from '../protocol/editor.ts';

/** `selfsup.runs.*` as the editor has them at this moment; their defaults where it has no settings. */
export class Settings {
  /** Set when the editor says at the start that it can be asked. */
  available = false;

  constructor(private readonly connection: Connection) {}

  async onSave(configFile: string): Promise<OnSavePolicy> {
    const value = await this.read('onSave', configFile);
    return onSavePolicies.find((policy) => policy === value) ?? 'ask';
  }

  async keepAlive(root: string): Promise<boolean> {
    return (await this.read('keepAlive', root)) !== false;
  }

  private async read(name: string, scope: string): Promise<unknown> {
    if (!this.available) return undefined;
    const scopeUri = pathToFileURL(scope).href;
    const section = (await this.connection.workspace.getConfiguration({
      scopeUri,
      section: 'selfsup.runs',
    })) as Readonly<Record<string, unknown>> | null;
    return section?.[name];
  }
}
