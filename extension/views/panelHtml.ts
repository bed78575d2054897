import { panelPolicy } from '../../server/protocol/panel.ts';

/** What the page of a panel is made of; addresses are those that the webview loads from. */
export interface PanelPage {
  readonly title: string;
  readonly script: string;
  readonly style: string;
  /** The script of the UMAP worker, which the panel fetches and starts from a blob. */
  readonly worker: string;
  /** Origin of our own files, `webview.cspSource`. */
  readonly source: string;
  readonly nonce: string;
}

/** The page, with the words that show when its script does not start: one script, one style sheet, nothing inline, nothing from elsewhere. */
export function panelHtml({ title, script, style, worker, source, nonce }: PanelPage): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(panelPolicy(source, nonce))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body data-webview="panel" data-umap-worker="${attribute(worker)}">
<noscript>The panel needs scripts.</noscript>
<p id="late">The panel did not start. Close it and open it again; "Developer: Reload Window" helps if that does not. Selfsup's log (View: Output) may say why.</p>
<script nonce="${nonce}" src="${attribute(script)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
