import './prelude.ts';
import './styles/panel.css';
import { panelReadyRequest, panelVersion } from '../server/protocol/panel.ts';
import { App, errorText } from './app.ts';
import { registerControls } from './controls.ts';
import { emptyState } from './dom.ts';
import { PreviewView } from './preview/previewView.ts';
import { HostConnection } from './rpc.ts';
import { RunsView } from './runs/runsView.ts';
import { UiStore } from './state.ts';

/** The panel: asks the host what to show, and shows it. Wiring only. */
async function main(): Promise<void> {
  registerControls();
  const vscode = acquireVsCodeApi();
  const store = new UiStore(vscode);
  const connection = new HostConnection(vscode);

  const start = await connection.sendRequest(panelReadyRequest, { version: panelVersion });
  begun();
  const { view, runs, configFile } = start;
  store.update({ view, ...(configFile === undefined ? {} : { configFile }) });
  store.offer(runs);

  const app = new App(connection, store, start);
  // Tests and the host's watchdog look at this: the first picture is there.
  const ready = (): void => {
    document.body.dataset.ready = 'true';
  };
  const host = document.createElement('main');
  document.body.append(host);
  const shown = view === 'preview' ? new PreviewView(app, ready) : new RunsView(app, ready);
  host.append(shown.element);
  shown.begin();
}

/** Takes away what the page says when nothing begins. */
function begun(): void {
  document.getElementById('late')?.remove();
}

main().catch((error: unknown) => {
  begun();
  document.body.append(emptyState('The panel cannot start.', errorText(error)));
});
