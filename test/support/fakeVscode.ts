import { Emitter } from 'vscode-jsonrpc';

/** As much of the module `vscode` as views need that are measured outside of VS Code. */

export { Emitter as EventEmitter };

export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState?: number,
  ) {}
}
export class MarkdownString {
  constructor(readonly value: string) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export class ThemeIcon {
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;

export const commands = { executeCommand: async (): Promise<void> => undefined };
export const workspace = { asRelativePath: (file: string): string => file };
export const window = {
  createTreeView: () => ({
    selection: [],
    onDidChangeVisibility: new Emitter<void>().event,
    dispose: () => undefined,
  }),
  createStatusBarItem: () => ({
    show: () => undefined,
    hide: () => undefined,
    dispose: () => undefined,
  }),
};
