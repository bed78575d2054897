import { NotificationType, NotificationType0, RequestType } from 'vscode-jsonrpc';

/**
 * The line between the panel (webview) and the extension host: JSON-RPC over postMessage. The host answers the
 * messages below; every other request of the panel (`selfsup/...`, see editor.ts) it hands to the server, and the
 * server's `selfsup/runs/changed` and `selfsup/runs/updated` to the panel, without looking into them.
 */

/** The first message of the panel: its script runs. */
export const panelReadyRequest = new RequestType<{ readonly version: number }, PanelStart, void>(
  'panel/ready',
);
export const panelVersion = 1;

/**
 * The Content-Security-Policy of the panel: its one script by nonce, styles (and what that script adds), pictures and the script of the UMAP
 * worker (which has to be loaded as text, because webviews start workers from blobs only) from `source`, previews of
 * the pretext task as data, sounds alike. Nothing inline, nothing from the net.
 */
export function panelPolicy(source: string, nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    `img-src ${source} data:`,
    `media-src ${source} data:`,
    `connect-src ${source}`,
    'worker-src blob:',
  ].join('; ');
}

export interface PanelStart {
  readonly view: 'runs' | 'preview';
  /** Runs to show, most important first. */
  readonly runs: readonly string[];
  /** The config whose pretext task is previewed. */
  readonly configFile?: string;
  /** What stands before an absolute path so that the webview can load the file; see `runFileUri`. */
  readonly filesUri: string;
}

/** Where the webview loads a file of a run from: `folder` is that of the run, `file` is below it, with slashes. */
export function runFileUri({ filesUri }: Pick<PanelStart, 'filesUri'>, folder: string, file: string): string {
  const path = `${folder.replaceAll('\\', '/')}/${file}`;
  return `${filesUri}/${path.split('/').filter(Boolean).map(encodeURIComponent).join('/')}`;
}

/**
 * The page that the host makes: `<body data-webview="panel" data-umap-worker="URI">`, the panel's script and style
 * sheet. What the panel gives to `setState` is at least this, so that the host can open it again after a reload.
 */
export interface PanelState {
  readonly view: PanelStart['view'];
  readonly runs: readonly string[];
  readonly configFile?: string;
}

/** Show these runs instead. */
export const panelShowNotification = new NotificationType<{ readonly runs: readonly string[] }>('panel/show');
/** The text of the previewed config changed. */
export const panelConfigChangedNotification = new NotificationType<{
  readonly configFile: string;
  readonly text: string;
}>('panel/configChanged');
/** The server was restarted: watches are gone, ask again. */
export const panelServerRestartedNotification = new NotificationType0('panel/serverRestarted');

/** What the panel asks of the editor. */
export type PanelAction =
  | { readonly action: 'openFile'; readonly file: string; readonly line?: number }
  | { readonly action: 'openConfig'; readonly run: string }
  | { readonly action: 'openReport'; readonly run: string }
  | { readonly action: 'openLog'; readonly run: string }
  | { readonly action: 'diffConfigs'; readonly runs: readonly [string, string] }
  | { readonly action: 'stop' | 'resume' | 'export'; readonly run: string }
  | { readonly action: 'showLogs' };
export const panelActionRequest = new RequestType<PanelAction, void, void>('panel/action');
