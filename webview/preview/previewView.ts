import { type EditorFailure, previewPretextRequest } from '../../server/protocol/editor.ts';
import {
  panelConfigChangedNotification,
  panelServerRestartedNotification,
} from '../../server/protocol/panel.ts';
import type { PretextPreview } from '../../server/protocol/pretextPreview.ts';
import { Announcer } from '../announce.ts';
import { type App, errorText } from '../app.ts';
import { button, dropdown, progressRing } from '../controls.ts';
import { emptyState, h, setChildren, setText } from '../dom.ts';
import { formatDuration } from '../format.ts';
import { RpcError } from '../rpc.ts';
import { previewBlock } from './blocks.ts';

/** The user's own samples as the method will see them, drawn again on each edit. No run is started. */
export class PreviewView {
  readonly element: HTMLElement;
  private readonly heading = h('h1', { class: 'cut' });
  private readonly summary = h('p', { class: 'preview-summary' });
  private readonly working = h(
    'span',
    { class: 'working', hidden: true },
    progressRing('Drawing'),
    'Drawing',
  );
  private readonly content = h('div', { class: 'preview-content' });
  private readonly problem = h('div', { class: 'problem', role: 'alert', hidden: true });
  private readonly announcer = new Announcer();
  private configFile = '';
  private text: string | undefined;
  private current: AbortController | undefined;

  constructor(
    private readonly app: App,
    private readonly ready: () => void,
  ) {
    const samples = dropdown('Samples', sampleChoices, String(app.store.get().previewSamples), (chosen) => {
      app.store.update({ previewSamples: Number(chosen) });
      this.request();
    });
    this.element = h(
      'div',
      { class: 'preview-view' },
      this.announcer.element,
      h('header', { class: 'preview-head' }, this.heading),
      h('div', { class: 'toolbar' }, samples.element, this.working),
      this.summary,
      this.problem,
      this.content,
    );
    setChildren(this.content, emptyState('Waiting for the config.'));
    this.name(app.start.configFile ?? '');
  }

  /** Waits for the text of the config, which the host sends at once and after each edit. */
  begin(): void {
    const { connection } = this.app;
    connection.onNotification(panelConfigChangedNotification, ({ configFile, text }) => {
      if (configFile !== this.configFile) this.name(configFile);
      this.text = text;
      this.request();
    });
    connection.onNotification(panelServerRestartedNotification, () => this.request());
  }

  /** The preview goes with the editor from config to config. */
  private name(configFile: string): void {
    this.configFile = configFile;
    this.app.store.update({ configFile });
    setText(this.heading, `Pretext task of ${configFile.split(/[\\/]/).at(-1) ?? configFile}`);
    this.heading.title = configFile;
  }

  private request(): void {
    if (this.text === undefined) return;
    this.current?.abort();
    const source = new AbortController();
    this.current = source;
    void this.draw(this.text, source);
  }

  /** The old picture stays, dimmed, until the new one is there. */
  private async draw(text: string, source: AbortController): Promise<void> {
    const { configFile } = this;
    this.working.hidden = false;
    this.content.classList.add('outdated');
    try {
      const samples = this.app.store.get().previewSamples;
      const preview = await this.app.connection.sendRequest(
        previewPretextRequest,
        { configFile, text, samples },
        source.signal,
      );
      if (source === this.current) this.show(preview);
    } catch (error) {
      if (source === this.current && !source.signal.aborted) this.fail(error);
    }
    if (source !== this.current) return;
    this.working.hidden = true;
    this.ready();
  }

  private show({ method, summary, blocks, took }: PretextPreview): void {
    this.content.classList.remove('outdated');
    this.problem.hidden = true;
    setText(this.summary, `${method}: ${summary} Drawn in ${formatDuration(took / 1000)}.`);
    setChildren(
      this.content,
      ...(blocks.length > 0 ? blocks.map(previewBlock) : [emptyState('There is nothing to show.')]),
    );
    this.announcer.say(`Preview of ${method} drawn.`);
  }

  private fail(error: unknown): void {
    const { file, line } = failureOf(error);
    this.problem.hidden = false;
    setChildren(
      this.problem,
      h('p', {}, errorText(error)),
      file !== undefined &&
        button({
          label: line === undefined ? 'Open file' : `Open line ${line}`,
          press: () =>
            this.app.act(
              line === undefined ? { action: 'openFile', file } : { action: 'openFile', file, line },
            ),
        }),
    );
    if (this.content.querySelector('.empty')) setChildren(this.content);
  }
}

const sampleChoices = ['4', '8', '16', '32'].map((value) => ({ value, title: value }));

/** Where the mistake is, if the server said so. */
function failureOf(error: unknown): Partial<EditorFailure> {
  const data = error instanceof RpcError ? error.data : undefined;
  return typeof data === 'object' && data !== null ? data : {};
}
