import path from 'node:path';
import {
  commands,
  type Disposable,
  EventEmitter,
  MarkdownString,
  type Memento,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeView,
  window,
  workspace,
} from 'vscode';
import type { RunSummary } from '../../server/protocol/runView.ts';
import { contextKeys, runsViewId } from '../ids.ts';
import { isLive, type RunsModel } from '../runs/runsModel.ts';
import { matches } from './filter.ts';
import { inOrder, runItem } from './runItem.ts';

/** Nodes have the shape of a command's target, so that a command needs not know where it was called. */
export type RunsNode = { readonly configFile: string } | { readonly run: string };

const filterKey = 'selfsup.filter';

/** The runs, by config file; live ones first. */
export class RunsTree implements TreeDataProvider<RunsNode>, Disposable {
  readonly #runs: RunsModel;
  readonly #state: Memento;
  readonly #needed: () => void;
  readonly #changed = new EventEmitter<undefined>();
  readonly #view: TreeView<RunsNode>;
  readonly #subscriptions: Disposable[];

  readonly onDidChangeTreeData = this.#changed.event;

  /** `needed` is called when somebody looks. */
  constructor(runs: RunsModel, state: Memento, needed: () => void) {
    this.#runs = runs;
    this.#state = state;
    this.#needed = needed;
    this.#view = window.createTreeView(runsViewId, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#subscriptions = [
      this.#view,
      this.#changed,
      runs.onDidChange(() => this.#refresh()),
      this.#view.onDidChangeVisibility(({ visible }) => visible && needed()),
    ];
    this.#refresh();
  }

  /** Runs that are selected in the tree. */
  get selection(): readonly RunsNode[] {
    return this.#view.selection;
  }

  get filter(): string {
    return this.#state.get(filterKey, '');
  }

  async setFilter(text: string): Promise<void> {
    await this.#state.update(filterKey, text.trim());
    this.#refresh();
  }

  getChildren(node?: RunsNode): RunsNode[] {
    if (node === undefined) {
      this.#needed();
      const files = new Set(inOrder(this.#shown()).map(({ configFile }) => configFile));
      return [...files].map((configFile) => ({ configFile }));
    }
    if ('run' in node) return [];
    return inOrder(this.#shown().filter(({ configFile }) => configFile === node.configFile)).map(
      ({ id }) => ({
        run: id,
      }),
    );
  }

  getParent(node: RunsNode): RunsNode | undefined {
    const run = 'run' in node ? this.#runs.get(node.run) : undefined;
    return run && { configFile: run.configFile };
  }

  getTreeItem(node: RunsNode): TreeItem {
    return 'run' in node ? this.#runItem(node.run) : this.#configItem(node.configFile);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #configItem(configFile: string): TreeItem {
    const runs = this.#shown().filter((run) => run.configFile === configFile);
    const item = new TreeItem(path.basename(configFile), TreeItemCollapsibleState.Expanded);
    item.id = configFile;
    item.iconPath = new ThemeIcon('settings');
    const folder = workspace.asRelativePath(path.dirname(configFile), false);
    item.description = [
      folder === path.dirname(configFile) ? '' : folder,
      `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`,
    ]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = configFile;
    item.contextValue = 'config';
    return item;
  }

  #runItem(id: string): TreeItem {
    const run = this.#runs.get(id);
    if (run === undefined) return new TreeItem(id);
    const { label, description, tooltip, icon, context, spoken } = runItem(run);
    const item = new TreeItem(label);
    item.id = `run:${id}`;
    item.description = description;
    item.tooltip = new MarkdownString(tooltip);
    item.iconPath = new ThemeIcon(icon.id, icon.color === undefined ? undefined : new ThemeColor(icon.color));
    item.contextValue = context;
    item.accessibilityInformation = { label: spoken };
    item.command = { command: 'selfsup.openPanel', title: 'Open Panel', arguments: [{ run: id }] };
    return item;
  }

  #shown(): readonly RunSummary[] {
    const filter = this.filter;
    return this.#runs.all.filter((run) => matches(run, filter));
  }

  #refresh(): void {
    const { known, all, ownership } = this.#runs;
    const live = all.filter(isLive).length;
    this.#view.badge =
      live === 0
        ? undefined
        : { value: live, tooltip: live === 1 ? '1 run is live' : `${live} runs are live` };
    this.#view.description = this.filter ? `filter: ${this.filter}` : '';
    const hidden = all.length - this.#shown().length;
    if (known && hidden > 0 && hidden === all.length) this.#view.message = 'No run matches the filter.';
    else if (ownership.owner === 'other' && all.length > 0) {
      this.#view.message = `Another window trains here (process ${ownership.pid}); this one watches.`;
    } else this.#view.message = '';
    setContext(contextKeys.owner, ownership.owner);
    setContext(contextKeys.hasRuns, all.length > 0);
    setContext(contextKeys.filtered, this.filter !== '');
    this.#changed.fire(undefined);
  }
}

function setContext(key: string, value: unknown): void {
  commands.executeCommand('setContext', key, value);
}
