import { type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import {
  compareRunsRequest,
  type EditorFailure,
  previewPretextRequest,
  type ReadSeries,
  readMapRequest,
  readSeriesRequest,
  runUpdatedNotification,
  unwatchNotification,
  type WatchRuns,
  watchRunsRequest,
} from '../../../server/protocol/editor.ts';
import {
  type PanelAction,
  type PanelStart,
  panelActionRequest,
  panelConfigChangedNotification,
  panelReadyRequest,
} from '../../../server/protocol/panel.ts';
import type { PretextPreview } from '../../../server/protocol/pretextPreview.ts';
import type { EmbeddingMap, RunDelta, RunSnapshot } from '../../../server/protocol/runView.ts';
import { simulatedMap, simulatedSeries } from './simulatedRun.ts';

/** Host and server in one, for the panel: answers from memory and writes down what was asked. */
export class FakeServer {
  readonly runs = new Map<string, RunSnapshot>();
  /** The embeddings of a run at a step. */
  map: (step: number) => EmbeddingMap = simulatedMap;
  readonly watches: WatchRuns[] = [];
  readonly ended: number[] = [];
  readonly seriesAsked: ReadSeries[] = [];
  readonly actions: PanelAction[] = [];
  readonly previewsAsked: { configFile: string; text: string; samples: number; cancelled: boolean }[] = [];
  start: PanelStart;
  /** Answers a preview; a test may put another in its place. */
  preview: (text: string) => Promise<PretextPreview> = async () => {
    throw new ResponseError<EditorFailure>(-32000, 'No preview was set.');
  };
  private host: MessageConnection | undefined;

  constructor(source: string, runs: readonly RunSnapshot[], start: Partial<PanelStart> = {}) {
    for (const run of runs) this.runs.set(run.summary.id, run);
    this.start = {
      view: 'runs',
      runs: runs.map(({ summary }) => summary.id),
      filesUri: `${source}/files`,
      ...start,
    };
  }

  readonly answer = (host: MessageConnection): void => {
    this.host = host;
    host.onRequest(panelReadyRequest, () => {
      const { view, configFile } = this.start;
      if (view === 'preview' && configFile !== undefined) setImmediate(() => void this.edit('method: mae'));
      return this.start;
    });
    host.onRequest(panelActionRequest, (action) => {
      this.actions.push(action);
    });
    host.onRequest(watchRunsRequest, (asked) => {
      this.watches.push(asked);
      const snapshots = asked.runs.flatMap((id) => this.runs.get(id) ?? []);
      return { watch: this.watches.length, snapshots };
    });
    host.onNotification(unwatchNotification, ({ watch }) => {
      this.ended.push(watch);
    });
    host.onRequest(readSeriesRequest, (asked) => {
      this.seriesAsked.push(asked);
      return asked.names.map((name) =>
        simulatedSeries(name, Math.ceil(asked.from), Math.floor(asked.to), (step) => 16 + Math.sin(step)),
      );
    });
    host.onRequest(readMapRequest, ({ step = 200 }) => this.map(step));
    host.onRequest(compareRunsRequest, ({ runs }) => ({
      runs: runs.map((id) => this.runs.get(id)!.summary),
      settings: [
        { key: 'train.learningRate', values: runs.map((_, index) => String(0.002 * (index + 1))) },
        {
          key: 'pretext.method',
          values: runs.map((_, index) => ['vicreg', 'simclr', 'byol'][index] ?? 'mae'),
        },
      ],
    }));
    host.onRequest(previewPretextRequest, async (asked, token) => {
      const entry = { ...asked, cancelled: false };
      this.previewsAsked.push(entry);
      token.onCancellationRequested(() => {
        entry.cancelled = true;
      });
      return this.preview(asked.text);
    });
  };

  /** The text of the previewed config, at first and after an edit. */
  async edit(text: string, configFile = this.start.configFile!): Promise<void> {
    await this.host!.sendNotification(panelConfigChangedNotification, { configFile, text });
  }

  /** Tells the newest watch what came. */
  async tell(...deltas: readonly RunDelta[]): Promise<void> {
    await this.host!.sendNotification(runUpdatedNotification, { watch: this.watches.length, deltas });
  }
}
