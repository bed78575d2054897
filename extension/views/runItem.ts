import type { RunState } from '../../server/protocol/run.ts';
import type { RunSummary } from '../../server/protocol/runView.ts';
import { isLive } from '../runs/runsModel.ts';
import { bestText, bytes, duration, percent, stateWords } from './format.ts';

/** A run as the tree shows it, without the editor's classes. */
export interface RunItem {
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly icon: { readonly id: string; readonly color?: string };
  /** `run` and what can be done with it, for `when` clauses: "run live", "run ended resumable report". */
  readonly context: string;
  /** For screen readers: the icon's meaning in words. */
  readonly spoken: string;
}

/** What a state looks like in the tree and in the status bar. */
export const icons: Readonly<Record<RunState, RunItem['icon']>> = {
  queued: { id: 'clock' },
  preparing: { id: 'sync~spin', color: 'charts.blue' },
  // Nothing spins for hours: it would have the window painted twenty times a second. The percentage moves.
  running: { id: 'play', color: 'charts.blue' },
  finished: { id: 'pass', color: 'charts.green' },
  stopped: { id: 'debug-pause', color: 'charts.yellow' },
  failed: { id: 'error', color: 'charts.red' },
  superseded: { id: 'history', color: 'disabledForeground' },
  dead: { id: 'debug-disconnect', color: 'charts.red' },
};

export function runItem(run: RunSummary): RunItem {
  const description = describe(run);
  const words = stateWords[run.state];
  return {
    label: run.name,
    description,
    tooltip: tooltip(run),
    icon: icons[run.state],
    context: contextOf(run),
    spoken: [run.name, ...(description.startsWith(words) ? [] : [words]), description]
      .filter(Boolean)
      .join(', '),
  };
}

/** Live runs first, then newest first. */
export function inOrder(runs: readonly RunSummary[]): RunSummary[] {
  return [...runs].sort(
    (a, b) =>
      Number(isLive(b)) - Number(isLive(a)) || b.created.localeCompare(a.created) || (a.id < b.id ? 1 : -1),
  );
}

function describe(run: RunSummary): string {
  const best = bestText(run.best);
  const parts: string[] = [];
  if (run.state === 'running' && run.progress) {
    parts.push(`${percent(run.progress)} %`);
    if (run.progress.etaSeconds !== undefined) parts.push(`${duration(run.progress.etaSeconds)} left`);
    if (run.stage && run.stage.kind !== 'pretrain') parts.push(run.stage.title);
  } else if (run.state !== 'finished') parts.push(stateWords[run.state]);
  if (best) parts.push(best);
  else if (run.loss !== undefined && run.state !== 'failed') parts.push(`loss ${+run.loss.toPrecision(4)}`);
  if (run.state === 'failed' && run.reason) parts.push(run.reason);
  return parts.join(' · ');
}

function contextOf(run: RunSummary): string {
  const words = ['run', isLive(run) ? 'live' : 'ended'];
  if (run.resumable) words.push('resumable');
  if (run.state === 'finished') words.push('finished');
  return words.join(' ');
}

function tooltip(run: RunSummary): string {
  const rows: [string, string | undefined][] = [
    ['State', stateText(run)],
    ['Stage', run.stage?.title],
    ['Progress', progressText(run)],
    ['Best', bestText(run.best) || undefined],
    ['Device', run.device && `${run.device.name}, ${run.device.description}`],
    ['Memory', run.progress?.memory === undefined ? undefined : bytes(run.progress.memory)],
    ['Started', run.started && new Date(run.started).toLocaleString()],
    ['Took', took(run)],
  ];
  const table = rows.flatMap(([title, text]) => (text ? [`| ${title} | ${plain(text)} |`] : []));
  return [
    `**${plain(run.name)}**`,
    ['| | |', '|---|---|', ...table].join('\n'),
    ...(run.verdict ? [plain(run.verdict.summary), run.verdict.fix ? plain(run.verdict.fix) : ''] : []),
    `\`${run.id}\``,
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

function stateText(run: RunSummary): string {
  const foreign = run.foreign && isLive(run) ? ' (started outside this window)' : '';
  return `${stateWords[run.state]}${foreign}${run.reason ? `: ${run.reason}` : ''}`;
}

function progressText({ progress }: RunSummary): string | undefined {
  if (progress === undefined) return undefined;
  const parts = [`step ${progress.step} of ${progress.steps}`];
  if (progress.epoch !== undefined && progress.epochs !== undefined) {
    parts.push(`epoch ${Math.floor(progress.epoch)} of ${progress.epochs}`);
  }
  if (progress.samplesPerSecond !== undefined)
    parts.push(`${Math.round(progress.samplesPerSecond)} samples/s`);
  return parts.join(', ');
}

function took({ started, ended }: RunSummary): string | undefined {
  return started && ended ? duration((Date.parse(ended) - Date.parse(started)) / 1000) : undefined;
}

/** Text of files and folders is shown as it is, never as markup. */
function plain(text: string): string {
  return text.replaceAll('\n', ' ').replace(/[\\`*_{}[\]()#+!|<>~&$]/g, '\\$&');
}
