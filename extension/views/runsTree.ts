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
import type { RunsModel } from '../runs/runsModel.ts';
import { Delivery } from './delivery.ts';
import { filterText, matches } from './filter.ts';
import { inOrder, runItem } from './runItem.ts';

/** Nodes have the shape of a command's target, so that a command needs not know where it was called. */
export type RunsNode = { readonly configFile: string } | { readonly run: string };

const filterKey = 'selfsup.filter';

const rootKey = 'root';
const configKey = (configFile: string): string => `config:${configFile}`;
const runKey = (id: string): string => `run:${id}`;

/** The runs, by config file; live ones first. */
export class RunsTree implements TreeDataProvider<RunsNode>, Disposable {
  readonly #runs: RunsModel;
  readonly #state: Memento;
  readonly #needed: () => void;
  readonly #changed = new EventEmitter<RunsNode[] | undefined>();
  readonly #view: TreeView<RunsNode>;
  readonly #subscriptions: Disposable[];
  /** The editor knows nodes by identity. */
  readonly #nodes = new Map<string, RunsNode>();
  readonly #delivery = new Delivery();
  #lookAgain: NodeJS.Timeout | undefined;
  /** The server has said what runs there are, or that it cannot. */
  readonly #answered: Promise<void>;
  readonly #contexts = new Map<string, unknown>();

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
    this.#answered = new Promise((resolve) => {
      const subscription = runs.onDidChange(() => {
        subscription.dispose();
        resolve();
      });
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

  async getChildren(node?: RunsNode): Promise<RunsNode[]> {
    if (node === undefined) {
      this.#needed();
      await this.#answered; // the view shows progress until then
      const configs = this.#configs();
      this.#delivery.give(rootKey, `${configs}`, Date.now());
      return configs.map((configFile) => this.#configNode(configFile));
    }
    if ('run' in node) return [];
    const runs = this.#runsOf(node.configFile).map(({ id }) => id);
    this.#delivery.give(configKey(node.configFile), `${runs}`, Date.now());
    return runs.map((id) => this.#runNode(id));
  }

  getParent(node: RunsNode): RunsNode | undefined {
    const run = 'run' in node ? this.#runs.get(node.run) : undefined;
    return run && this.#configNode(run.configFile);
  }

  getTreeItem(node: RunsNode): TreeItem {
    return 'run' in node ? this.#runItem(node.run) : this.#configItem(node.configFile);
  }

  dispose(): void {
    clearTimeout(this.#lookAgain);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #configItem(configFile: string): TreeItem {
    const runs = this.#runsOf(configFile);
    const item = new TreeItem(path.basename(configFile), TreeItemCollapsibleState.Expanded);
    item.id = configFile;
    item.iconPath = new ThemeIcon('settings');
    const folder = workspace.asRelativePath(path.dirname(configFile), false);
    item.description = [folder === path.dirname(configFile) ? '' : folder, countText(runs.length)]
      .filter(Boolean)
      .join(' · ');
    item.tooltip = configFile;
    item.accessibilityInformation = {
      label: `${workspace.asRelativePath(configFile, false)}, ${countText(runs.length)}`,
    };
    item.contextValue = 'config';
    return item;
  }

  #runItem(id: string): TreeItem {
    const run = this.#runs.get(id);
    if (run === undefined) return new TreeItem(id);
    const drawn = runItem(run);
    this.#delivery.give(runKey(id), JSON.stringify(drawn), Date.now());
    const { label, description, tooltip, icon, context, spoken } = drawn;
    const item = new TreeItem(label);
    item.id = runKey(id);
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

  #runsOf(configFile: string): RunSummary[] {
    return inOrder(this.#shown().filter((run) => run.configFile === configFile));
  }

  #configNode(configFile: string): RunsNode {
    return this.#node(configKey(configFile), { configFile });
  }

  #runNode(run: string): RunsNode {
    return this.#node(runKey(run), { run });
  }

  #node(key: string, made: RunsNode): RunsNode {
    const known = this.#nodes.get(key);
    if (known === undefined) this.#nodes.set(key, made);
    return known ?? made;
  }

  /** Config files with runs that are shown, the one of the first run first. */
  #configs(): string[] {
    return [...new Set(inOrder(this.#shown()).map(({ configFile }) => configFile))];
  }

  /** Has only those nodes drawn again that differ: while it fetches a node, the editor forgets all below it. */
  #refresh(): void {
    this.#refreshView();
    const now = Date.now();
    const changed = this.#changedNodes(now);
    if (changed === 'all') this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
    clearTimeout(this.#lookAgain);
    const wait = this.#delivery.nextLook(now);
    if (wait !== undefined) this.#lookAgain = setTimeout(() => this.#refresh(), wait);
  }

  /** What the editor must be told of now. */
  #changedNodes(now: number): RunsNode[] | 'all' {
    const delivery = this.#delivery;
    const told: string[] = [];
    const tell = (key: string, text: string, node: RunsNode): RunsNode[] => {
      if (!delivery.tell(key, text, now)) return [];
      told.push(key);
      return [node];
    };
    const configs = this.#configs();
    if (delivery.tell(rootKey, `${configs}`, now)) return 'all';
    if (delivery.differs(rootKey, `${configs}`)) return []; // it will ask for all
    const changed = configs.flatMap((file): RunsNode[] => {
      const runs = this.#runsOf(file);
      const ids = `${runs.map(({ id }) => id)}`;
      if (delivery.differs(configKey(file), ids)) return tell(configKey(file), ids, this.#configNode(file));
      return runs.flatMap((run) => tell(runKey(run.id), JSON.stringify(runItem(run)), this.#runNode(run.id)));
    });
    return told.some((key) => delivery.lost(key)) ? 'all' : changed;
  }

  /** What stands around the tree. */
  #refreshView(): void {
    const { all, live, ownership } = this.#runs;
    const view = this.#view;
    if (view.badge?.value !== (live.length || undefined)) {
      const tooltip = live.length === 1 ? '1 run is live' : `${live.length} runs are live`;
      view.badge = live.length === 0 ? undefined : { value: live.length, tooltip };
    }
    const description = this.filter ? `filter: ${this.filter}` : '';
    if (view.description !== description) view.description = description;
    const message = this.#message();
    if (view.message !== message) view.message = message;
    this.#setContext(contextKeys.owner, ownership.owner);
    this.#setContext(contextKeys.hasRuns, all.length > 0);
    this.#setContext(contextKeys.filtered, this.filter !== '');
  }

  #message(): string {
    const { all, ownership } = this.#runs;
    if (all.length === 0) return '';
    const watching =
      ownership.owner === 'other' &&
      `Another window trains here (process ${ownership.pid}); this one watches.`;
    const shown = this.#shown().length;
    // The description beside the title gives way where the side bar is narrow or holds one view only.
    const filtered = this.filter !== '' && filterText(this.filter, shown, all.length);
    return [filtered, watching].filter(Boolean).join(' ');
  }

  #setContext(key: string, value: unknown): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    commands.executeCommand('setContext', key, value);
  }
}

function countText(runs: number): string {
  return runs === 1 ? '1 run' : `${runs} runs`;
}
