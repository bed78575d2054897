import { runsChangedNotification } from '../../server/protocol/editor.ts';
import { panelServerRestartedNotification, panelShowNotification } from '../../server/protocol/panel.ts';
import { Announcer } from '../announce.ts';
import { type App, errorText } from '../app.ts';
import { ChartsPane } from '../charts/chartsPane.ts';
import { button, tabPanels } from '../controls.ts';
import { emptyState, h, setChildren } from '../dom.ts';
import { MapPane } from '../embeddings/mapPane.ts';
import { RunCard } from '../header/runCard.ts';
import { stateLooks } from '../header/states.ts';
import { LogPane } from '../log/logPane.ts';
import type { Pane } from '../pane.ts';
import { PicturesPane } from '../reconstructions/picturesPane.ts';
import { Redraw } from '../redraw.ts';
import { ResultsPane } from '../results/resultsPane.ts';
import { SettingsPane } from '../settings/settingsPane.ts';
import type { Tab } from '../state.ts';
import { VerdictBox, verdictTitle } from '../verdict/verdict.ts';
import { allParts, type Part, type RunModel } from './runModel.ts';
import { Successors } from './successors.ts';
import { RunWatch } from './watch.ts';

/** One or several runs: head, verdict, and the panes behind the tabs. */
export class RunsView {
  readonly element = h('div', { class: 'runs-view' });
  private readonly head = h('header', { class: 'run-cards' });
  private readonly verdict = new VerdictBox();
  private readonly announcer = new Announcer();
  private readonly message = h('div', { class: 'message' });
  private readonly body: HTMLElement;
  private readonly panes: Readonly<Record<Tab, Pane>>;
  /** What changed since each pane was drawn. */
  private readonly stale = new Map<Tab, Set<Part>>();
  private readonly watch: RunWatch;
  private readonly redraw = new Redraw<Part>((changed) => this.draw(changed));
  private readonly successors = new Successors();
  private cards: RunCard[] = [];
  private runs: readonly RunModel[] = [];
  private said = '';

  constructor(
    private readonly app: App,
    private readonly ready: () => void,
  ) {
    this.watch = new RunWatch(app, {
      replaced: (runs) => this.replace(runs),
      changed: (parts) => this.redraw.request(...parts),
      failed: (error) => this.fail(error),
    });
    const charts = new ChartsPane(app.store, { zoomed: (zoom) => void this.watch.zoom(zoom) });
    this.panes = {
      curves: charts,
      pictures: new PicturesPane(app),
      map: new MapPane(app),
      results: new ResultsPane(app),
      settings: new SettingsPane(app),
      log: new LogPane(app),
    };
    const panels = tabPanels(
      'Views of the run',
      (Object.keys(titles) as Tab[]).map((id) => ({ id, title: titles[id], view: this.panes[id].element })),
      app.store.get().tab,
      (tab) => {
        app.store.update({ tab });
        this.drawPane(tab, new Set());
      },
    );
    this.body = h('div', { hidden: true }, this.head, this.verdict.element, panels.element);
    setChildren(this.element, this.announcer.element, this.message, this.body);
  }

  /** Watches the runs; the element must be in the page, because its width says how many points make sense. */
  begin(): void {
    this.listen();
    this.watchAgain();
    new ResizeObserver(() => {
      // Much wider than before: the curves can show more.
      if (this.runs.length > 0 && this.points() > 1.5 * this.watch.points) this.watchAgain();
    }).observe(this.element);
  }

  private listen(): void {
    const { connection, store } = this.app;
    connection.onNotification(panelShowNotification, ({ runs }) => {
      store.update({ runs, offered: runs, zoom: null, picture: null, map: null });
      this.successors.reset();
      this.watchAgain();
    });
    connection.onNotification(runsChangedNotification, ({ runs: changed }) => {
      const runs = this.successors.take(store.get().runs, changed);
      if (!runs) return;
      store.update({ runs, zoom: null, picture: null, map: null });
      this.watchAgain();
    });
    connection.onNotification(panelServerRestartedNotification, () => {
      this.watch.forget();
      this.watchAgain();
    });
  }

  private watchAgain(): void {
    const { runs } = this.app.store.get();
    if (runs.length > 0) void this.watch.start(runs, this.points());
    else {
      this.watch.stop();
      this.showMessage(
        emptyState(
          'No run is shown.',
          'Open a *.selfsup.yaml file and choose Run above it, or choose a run in the side bar.',
        ),
      );
    }
  }

  /** Twice the width of the widest chart: a smallest and a largest value for each of its pixels. */
  private points(): number {
    return 2 * Math.max(200, Math.min(1200, Math.round(this.element.clientWidth)));
  }

  private replace(runs: readonly RunModel[]): void {
    if (runs.length === 0) {
      this.showMessage(emptyState('The run is gone.', 'Its folder was deleted.'));
      return;
    }
    const same = runs.map(({ id }) => id).join() === this.cards.map(({ run }) => run).join();
    this.runs = runs;
    this.successors.take(
      runs.map(({ id }) => id),
      runs.map(({ summary }) => summary),
    );
    if (!same) this.makeCards();
    setChildren(this.message);
    this.body.hidden = false;
    const { zoom } = this.app.store.get();
    if (zoom) void this.watch.zoom(zoom);
    this.redraw.request(...allParts);
  }

  private makeCards(): void {
    const several = this.runs.length > 1;
    this.cards = this.runs.map(
      ({ id }, index) => new RunCard(this.app, id, index, several, () => this.hideRun(id)),
    );
    setChildren(this.head, ...this.cards.map(({ element }) => element));
    this.head.classList.toggle('several', several);
  }

  private hideRun(id: string): void {
    const { store } = this.app;
    store.update({ runs: store.get().runs.filter((run) => run !== id) });
    this.watchAgain();
  }

  private draw(changed: ReadonlySet<Part>): void {
    if (changed.has('summary')) {
      this.runs.forEach(({ summary }, index) => {
        this.cards[index]?.draw(summary);
      });
      this.verdict.draw(this.runs);
      this.announce();
    }
    for (const tab of Object.keys(titles) as Tab[]) {
      const parts = this.stale.get(tab) ?? new Set();
      for (const part of changed) parts.add(part);
      this.stale.set(tab, parts);
    }
    const { tab } = this.app.store.get();
    this.drawPane(tab, changed);
    this.ready();
  }

  private drawPane(tab: Tab, changed: ReadonlySet<Part>): void {
    const parts = new Set([...changed, ...(this.stale.get(tab) ?? [])]);
    this.stale.delete(tab);
    this.panes[tab].draw(this.runs, parts);
  }

  private announce(): void {
    const texts = this.runs.map(({ summary: { name, state, verdict } }) =>
      [name, stateLooks[state].title, verdict && verdictTitle(verdict)].filter(Boolean).join(', '),
    );
    const text = texts.join('. ');
    if (text === this.said) return;
    this.said = text;
    this.announcer.say(text);
  }

  private fail(error: unknown): void {
    this.showMessage(
      emptyState('The runs cannot be shown.', errorText(error)),
      button({ label: 'Try again', appearance: 'primary', press: () => this.watchAgain() }),
      button({ label: 'Show logs', press: () => this.app.act({ action: 'showLogs' }) }),
    );
  }

  private showMessage(...content: readonly HTMLElement[]): void {
    this.body.hidden = true;
    setChildren(this.message, ...content);
    this.ready();
  }
}

const titles: Readonly<Record<Tab, string>> = {
  curves: 'Curves',
  pictures: 'Pictures',
  map: 'Embeddings',
  results: 'Results',
  settings: 'Settings',
  log: 'Log',
};
