import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { createMessageConnection, type Message, type MessageConnection } from 'vscode-jsonrpc/node';
import { panelHtml } from '../../../extension/views/panelHtml.ts';
import { createTransport } from '../../../extension/views/webviewTransport.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import { panelPolicy } from '../../../server/protocol/panel.ts';
import { simulatedPicture } from './pictures.ts';
import { type ThemeName, themes } from './themes.ts';

const nonce = 'bm9uY2U';

/** Serves the built panel under the policy that it has in VS Code, and files of runs. */
export async function servePanel(): Promise<{ readonly source: string; close(): Promise<void> }> {
  const built = path.join(packageRoot(), 'dist', 'webview');
  const files = new Map(
    ['panel.js', 'panel.css', 'umapWorker.js'].map((name) => [
      `/${name}`,
      readFileSync(path.join(built, name)),
    ]),
  );
  const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
  const server = createServer(async ({ url = '' }, response) => {
    const { port } = server.address() as AddressInfo;
    const source = `http://127.0.0.1:${port}`;
    const { pathname } = new URL(url, source);
    const file = files.get(pathname);
    if (file) {
      response.writeHead(200, { 'content-type': types[path.extname(pathname)]! }).end(file);
    } else if (pathname === '/') {
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': panelPolicy(source, nonce),
        })
        .end(
          panelHtml({
            title: 'Selfsup',
            script: `${source}/panel.js`,
            style: `${source}/panel.css`,
            worker: `${source}/umapWorker.js`,
            source,
            nonce,
          }),
        );
    } else if (pathname.startsWith('/files/') && pathname.endsWith('.png')) {
      const number = Number(/(\d+)\.png$/.exec(pathname)?.[1] ?? 0);
      const sheet = pathname.includes('/embeddings/');
      const picture = await (sheet ? simulatedPicture(number, 20, 15, 26) : simulatedPicture(number));
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    source: `http://127.0.0.1:${port}`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

/** The panel in a browser tab, with the host's end of its line. */
export interface OpenPanel {
  readonly page: Page;
  readonly host: MessageConnection;
  /** Violations of the policy and errors of scripts, so far. */
  readonly problems: readonly string[];
  /** What the panel keeps across reloads. */
  state(): Promise<Record<string, unknown>>;
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly state?: Record<string, unknown>;
  /** Sets up the host's answers before the panel asks. */
  readonly answer: (host: MessageConnection) => void;
}

/** Opens the page with a host that speaks JSON-RPC as the extension's does. */
export async function openPanel(
  context: BrowserContext,
  source: string,
  { theme = 'dark', state, answer }: PanelOptions,
): Promise<OpenPanel> {
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });

  const transport = createTransport((message) => {
    void page.evaluate((posted) => window.postMessage(posted), message as unknown).catch(() => undefined);
  });
  const host = createMessageConnection(transport.reader, transport.writer);
  answer(host);
  host.listen();
  await page.exposeFunction('hostReceives', (message: Message) => transport.deliver(message));
  await page.exposeFunction('policyViolated', (text: string) => problems.push(`policy: ${text}`));
  await page.addInitScript(inPage, { state, ...themes[theme] });
  await page.goto(source);
  return {
    page,
    host,
    problems,
    state: () =>
      page.evaluate(() => (globalThis as unknown as { panelState: Record<string, unknown> }).panelState),
  };
}

/** What VS Code does inside a webview: variables, classes, `acquireVsCodeApi`. */
function inPage({
  state,
  kind,
  variables,
}: {
  state: Record<string, unknown> | undefined;
  kind: string;
  variables: Readonly<Record<string, string>>;
}): void {
  const scope = globalThis as unknown as {
    panelState: unknown;
    hostReceives(message: unknown): void;
    policyViolated(text: string): void;
    acquireVsCodeApi: unknown;
  };
  scope.panelState = state;
  scope.acquireVsCodeApi = () => ({
    postMessage: (message: unknown) => scope.hostReceives(message),
    getState: () => scope.panelState,
    setState: (next: unknown) => {
      scope.panelState = JSON.parse(JSON.stringify(next));
    },
  });
  document.addEventListener(
    'securitypolicyviolation',
    ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
      scope.policyViolated(`${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
    },
  );
  // This runs before there is any element.
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.classList.add(kind);
    document.body.dataset.vscodeThemeKind = kind;
  }).observe(document, { childList: true, subtree: true });
}
