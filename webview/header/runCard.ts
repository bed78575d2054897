import type { RunSummary } from '../../server/protocol/runView.ts';
import type { App } from '../app.ts';
import { swatch } from '../charts/legend.ts';
import { button, setDisabled } from '../controls.ts';
import { cut, h, setChildren, setText } from '../dom.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatRate,
} from '../format.ts';
import { icon } from '../icons.ts';
import { isLive, stateLooks } from './states.ts';

/** One run in the head of the panel: what it is, how far it is, how it does, and what can be done with it. */
export class RunCard {
  readonly element = h('article', { class: 'run-card' });
  private readonly title = h('div', { class: 'run-title' });
  private readonly state = h('span', { class: 'run-state' });
  private readonly stage = h('span', { class: 'run-stage' });
  private readonly bar = h('progress', { class: 'run-progress', max: 1 });
  private readonly facts = h('dl', { class: 'facts' });
  private readonly device = h('p', { class: 'run-device' });
  private readonly reason = h('p', { class: 'run-reason' });
  private readonly stop: HTMLElement;
  private readonly resume: HTMLElement;
  private shown: RunSummary | undefined;
  private factTexts = '';

  constructor(
    app: App,
    readonly run: string,
    private readonly style: number,
    several: boolean,
    hide: () => void,
  ) {
    this.stop = button({
      label: 'Stop',
      icon: 'stopped',
      title: 'Finishes the step, writes a checkpoint and ends',
      press: () => {
        setDisabled(this.stop, true);
        app.act({ action: 'stop', run });
      },
    });
    this.resume = button({
      label: 'Resume',
      icon: 'running',
      appearance: 'primary',
      title: 'Goes on from the last checkpoint',
      press: () => app.act({ action: 'resume', run }),
    });
    const open = (
      label: string,
      title: string,
      action: 'openConfig' | 'openReport' | 'openLog',
    ): HTMLElement => button({ label, title, press: () => app.act({ action, run }) });
    this.element.classList.toggle('compact', several);
    this.element.append(
      h(
        'div',
        { class: 'run-head' },
        this.title,
        this.state,
        h(
          'div',
          { class: 'run-actions', role: 'group', 'aria-label': 'Run' },
          this.stop,
          this.resume,
          open('Config', 'Opens the config file', 'openConfig'),
          open('Report', 'Opens the report', 'openReport'),
          open('Log', 'Opens the whole log', 'openLog'),
          several && button({ label: 'Hide from panel', icon: 'close', appearance: 'icon', press: hide }),
        ),
      ),
      h('div', { class: 'run-progress-line' }, this.bar, this.stage),
      this.facts,
      this.device,
      this.reason,
    );
  }

  draw(summary: RunSummary): void {
    const before = this.shown;
    this.shown = summary;
    if (before?.name !== summary.name) this.drawTitle(summary);
    if (before?.state !== summary.state) this.drawState(summary);
    this.drawProgress(summary);
    this.drawFacts(summary);
    setText(this.device, deviceText(summary));
    this.device.title = deviceText(summary);
    setText(this.reason, summary.reason ?? '');
    this.reason.hidden = !summary.reason;
    this.stop.hidden = !isLive(summary.state);
    this.resume.hidden = !summary.resumable || isLive(summary.state);
  }

  private drawTitle({ name, id }: RunSummary): void {
    const heading = h('h1', { title: `${name} (${id})` }, name);
    heading.classList.add('cut');
    setChildren(this.title, this.element.classList.contains('compact') && swatch(this.style), heading);
    this.element.setAttribute('aria-label', name);
  }

  private drawState({ state }: RunSummary): void {
    const { title, icon: name, tone } = stateLooks[state];
    this.state.className = `run-state tone-${tone}`;
    setChildren(this.state, icon(name), title);
    setDisabled(this.stop, false);
  }

  private drawProgress({ state, stage, progress }: RunSummary): void {
    const live = isLive(state);
    this.bar.hidden = !live;
    if (progress && progress.steps > 0) this.bar.value = progress.step / progress.steps;
    else this.bar.removeAttribute('value');
    const what = live ? (stage?.title ?? stateLooks[state].title) : '';
    this.bar.setAttribute('aria-label', `Progress: ${what}`);
    const parts = [
      what,
      progress &&
        state !== 'finished' &&
        `step ${formatCount(progress.step)} of ${formatCount(progress.steps)}`,
      state !== 'finished' &&
        progress?.epoch !== undefined &&
        `epoch ${formatNumber(+progress.epoch.toFixed(1))}${progress.epochs ? ` of ${formatNumber(progress.epochs)}` : ''}`,
    ];
    setText(this.stage, parts.filter(Boolean).join(', '));
  }

  private drawFacts({ progress, loss, best, state, started, ended }: RunSummary): void {
    const live = isLive(state);
    const facts: [string, string][] = [];
    const add = (name: string, value: number | undefined, text: (value: number) => string): void => {
      if (value !== undefined) facts.push([name, text(value)]);
    };
    add('Loss', loss, formatNumber);
    add('kNN', best.knn, formatPercent);
    add('Linear probe', best.linearProbe, formatPercent);
    add('Fine-tune', best.finetune, formatPercent);
    add('AP50', best.ap50, formatPercent);
    add('R²', best.r2, (value) => value.toFixed(3));
    if (!live) add('Took', secondsBetween(started, ended), formatDuration);
    if (live) {
      add('Time left', progress?.etaSeconds, formatDuration);
      add('Speed', progress?.samplesPerSecond, formatRate);
      add('Memory', progress?.memory, formatBytes);
    }
    const texts = facts.flat().join('|');
    if (texts === this.factTexts) return;
    this.factTexts = texts;
    this.facts.hidden = facts.length === 0;
    setChildren(
      this.facts,
      ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, cut(value)))),
    );
  }
}

function secondsBetween(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : (Date.parse(to) - Date.parse(from)) / 1000;
}

function deviceText({ device, foreign }: RunSummary): string {
  const elsewhere = foreign ? ' Trained by another program: it can be watched and stopped here.' : '';
  if (!device) return elsewhere.trim();
  return `${device.description}: ${device.reason}${elsewhere}`;
}
