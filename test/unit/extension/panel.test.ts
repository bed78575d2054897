import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CancellationTokenSource,
  createMessageConnection,
  Emitter,
  type Message,
  type MessageConnection,
  ResponseError,
} from 'vscode-jsonrpc/node';
import { panelHtml } from '../../../extension/views/panelHtml.ts';
import { PanelRelay } from '../../../extension/views/panelRelay.ts';
import { panelTitle, restoredState } from '../../../extension/views/panelState.ts';
import { createTransport } from '../../../extension/views/webviewTransport.ts';
import {
  runsChangedNotification,
  runUpdatedNotification,
  unwatchNotification,
  watchRunsRequest,
} from '../../../server/protocol/editor.ts';
import {
  type PanelAction,
  panelActionRequest,
  panelConfigChangedNotification,
  panelReadyRequest,
  panelServerRestartedNotification,
  panelShowNotification,
  panelVersion,
} from '../../../server/protocol/panel.ts';

type Asked = [method: string, params: unknown];

/** A relay between a page and a server that only takes notes. */
function relay(answer: (method: string, params: unknown) => Promise<unknown> = async () => null) {
  const notified = new Emitter<{ method: string; params: unknown }>();
  const restarted = new Emitter<void>();
  const asked: Asked[] = [];
  const told: Asked[] = [];
  const actions: PanelAction[] = [];
  let page: Page | undefined;
  const line = new PanelRelay(
    {
      request: async ({ method }, params) => {
        asked.push([method, params]);
        return answer(method, params);
      },
      notify: ({ method }, params) => told.push([method, params]),
      onNotification: notified.event,
      onRestarted: restarted.event,
    },
    {
      post: (message) => page?.deliver(structuredClone(message)),
      start: () => ({ view: 'runs', runs: ['a'], filesUri: 'https://files' }),
      ready: () => undefined,
      act: async (action) => {
        actions.push(action);
      },
    },
  );
  /** Loads the page anew, as showing a hidden panel does. */
  const load = (): Page => {
    page = new Page((message) => line.receive(structuredClone(message)));
    return page;
  };
  return { line, load, notified, restarted, asked, told, actions };
}

/** The panel's end of the line. */
class Page {
  readonly received: Asked[] = [];
  readonly connection: MessageConnection;
  readonly deliver: (message: Message) => void;

  constructor(post: (message: Message) => void) {
    const transport = createTransport(post);
    this.deliver = transport.deliver;
    this.connection = createMessageConnection(transport.reader, transport.writer);
    this.connection.onNotification((method, params) => {
      this.received.push([method, Array.isArray(params) ? params[0] : params]);
    });
    this.connection.listen();
  }

  ready(version = panelVersion) {
    return this.connection.sendRequest(panelReadyRequest, { version });
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
};

test('the panel is told what to show, and its actions are done', async () => {
  const { load, actions } = relay();
  const page = load();
  assert.deepEqual(await page.ready(), { view: 'runs', runs: ['a'], filesUri: 'https://files' });
  await page.connection.sendRequest(panelActionRequest, { action: 'stop', run: 'a' });
  assert.deepEqual(actions, [{ action: 'stop', run: 'a' }]);
});

test('a panel of another version is refused', async () => {
  await assert.rejects(
    relay()
      .load()
      .ready(panelVersion + 1),
    /speaks version/,
  );
});

test('requests go to the server and come back as they are, errors with their data', async () => {
  const error = new ResponseError(-32001, 'Batch of 512 is larger than the data.', {
    kind: 'input',
    line: 3,
  });
  const { load, asked } = relay(async (method) => {
    if (method === 'selfsup/run/series') return [{ name: 'loss', values: [1, 2] }];
    throw error;
  });
  const page = load();
  await page.ready();
  const params = { run: 'a', names: ['loss'] };
  assert.deepEqual(await page.connection.sendRequest('selfsup/run/series', params), [
    { name: 'loss', values: [1, 2] },
  ]);
  assert.deepEqual(asked, [['selfsup/run/series', params]]);
  await assert.rejects(
    page.connection.sendRequest('selfsup/run/map', { run: 'a' }),
    (thrown: ResponseError<unknown>) => {
      assert.deepEqual([thrown.code, thrown.message, thrown.data], [error.code, error.message, error.data]);
      return true;
    },
  );
});

test('nothing but selfsup/ and panel/ passes', async () => {
  const { load, asked, told } = relay();
  const page = load();
  await page.ready();
  await assert.rejects(
    page.connection.sendRequest('workspace/executeCommand', { command: 'x' }),
    /may not ask/,
  );
  await page.connection.sendNotification('exit');
  await settled();
  assert.deepEqual([asked, told], [[], []]);
});

test('a cancelled request is cancelled at the server', async () => {
  let cancelled = false;
  const notified = new Emitter<{ method: string; params: unknown }>();
  let page: Page | undefined;
  const line = new PanelRelay(
    {
      request: (_type, _params, token) =>
        new Promise((_, reject) => {
          token?.onCancellationRequested(() => {
            cancelled = true;
            reject(new ResponseError(-32800, 'cancelled'));
          });
        }),
      notify: () => undefined,
      onNotification: notified.event,
      onRestarted: new Emitter<void>().event,
    },
    {
      post: (message) => page?.deliver(message),
      start: () => ({ view: 'preview', runs: [], filesUri: '' }),
      ready: () => undefined,
      act: async () => undefined,
    },
  );
  page = new Page((message) => line.receive(message));
  await page.ready();
  const source = new CancellationTokenSource();
  const asked = page.connection.sendRequest('selfsup/config/previewPretext', {}, source.token);
  await settled();
  source.cancel();
  await assert.rejects(asked, /cancelled/);
  assert.ok(cancelled);
});

const watching = async (method: string): Promise<unknown> =>
  method === watchRunsRequest.method ? { watch: 5, snapshots: [] } : null;

test('updates of its own watches reach a panel, others do not; changes of the list always do', async () => {
  const { load, notified } = relay(watching);
  const page = load();
  await page.ready();
  await page.connection.sendRequest(watchRunsRequest, { runs: ['a'], points: 100 });
  notified.fire({ method: runUpdatedNotification.method, params: { watch: 5, deltas: [1] } });
  notified.fire({ method: runUpdatedNotification.method, params: { watch: 6, deltas: [2] } });
  notified.fire({ method: runsChangedNotification.method, params: { runs: [], removed: ['b'] } });
  notified.fire({ method: 'selfsup/notice', params: { text: 'not for panels' } });
  await settled();
  assert.deepEqual(page.received, [
    [runUpdatedNotification.method, { watch: 5, deltas: [1] }],
    [runsChangedNotification.method, { runs: [], removed: ['b'] }],
  ]);
});

test('a hidden panel is sent nothing and its watches end', async () => {
  const { line, load, notified, told } = relay(watching);
  const page = load();
  await page.ready();
  await page.connection.sendRequest(watchRunsRequest, { runs: ['a'], points: 100 });
  line.hide();
  assert.deepEqual(told, [[unwatchNotification.method, { watch: 5 }]]);
  notified.fire({ method: runUpdatedNotification.method, params: { watch: 5, deltas: [] } });
  notified.fire({ method: runsChangedNotification.method, params: { runs: [], removed: [] } });
  line.show(['b']);
  await settled();
  assert.deepEqual(page.received, []);

  const again = load();
  await again.ready();
  line.show(['b']);
  line.configChanged('/a.yaml', 'seed: 1');
  await settled();
  assert.deepEqual(again.received, [
    [panelShowNotification.method, { runs: ['b'] }],
    [panelConfigChangedNotification.method, { configFile: '/a.yaml', text: 'seed: 1' }],
  ]);
});

test('a watch that the panel ended is not ended again', async () => {
  const { line, load, told } = relay(watching);
  const page = load();
  await page.ready();
  await page.connection.sendRequest(watchRunsRequest, { runs: ['a'], points: 100 });
  await page.connection.sendNotification(unwatchNotification, { watch: 5 });
  await settled();
  line.dispose();
  assert.deepEqual(told, [[unwatchNotification.method, { watch: 5 }]]);
});

test('an answer to a page that is gone does not reach the next one, and its watch ends', async () => {
  let give: (answer: unknown) => void = () => undefined;
  const { line, load, told } = relay(
    (method) =>
      new Promise((resolve) => {
        if (method === watchRunsRequest.method) give = resolve;
        else resolve('fresh');
      }),
  );
  const first = load();
  await first.ready();
  first.connection.sendRequest(watchRunsRequest, { runs: ['a'], points: 100 }).catch(() => undefined);
  await settled();
  line.hide();
  const second = load();
  await second.ready();
  // The same number of a request as the first page's, which is still to be answered.
  const answer = second.connection.sendRequest('selfsup/run/map', { run: 'a' });
  give({ watch: 5, snapshots: [] });
  assert.equal(await answer, 'fresh');
  await settled();
  assert.deepEqual(told, [[unwatchNotification.method, { watch: 5 }]]);
});

test('after a restart of the server the panel is told, and forgotten watches are not ended', async () => {
  const { line, load, restarted, told } = relay(watching);
  const page = load();
  await page.ready();
  await page.connection.sendRequest(watchRunsRequest, { runs: ['a'], points: 100 });
  restarted.fire();
  await settled();
  line.dispose();
  assert.deepEqual(page.received, [[panelServerRestartedNotification.method, undefined]]);
  assert.deepEqual(told, []);
});

test('messages that are none are passed over', () => {
  const { line } = relay();
  for (const message of [undefined, null, 1, 'x', {}, { jsonrpc: '1.0' }]) line.receive(message);
});

test('the page has one script and one style sheet, nothing inline, and its addresses are escaped', () => {
  const html = panelHtml({
    title: '<b>&"',
    script: 'https://x/panel.js?a&b',
    style: 'https://x/panel.css',
    worker: 'https://x/umapWorker.js',
    source: 'https://x',
    nonce: 'abc',
  });
  assert.match(html, /content="default-src 'none'; script-src 'nonce-abc';/);
  assert.doesNotMatch(html, /unsafe/);
  assert.match(html, /<title>&lt;b&gt;&amp;&quot;<\/title>/);
  assert.match(html, /<body data-webview="panel" data-umap-worker="https:\/\/x\/umapWorker\.js">/);
  assert.match(html, /<p id="late">The panel did not start\./, 'what stands there until the script begins');
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.match(html, /<script nonce="abc" src="https:\/\/x\/panel\.js\?a&amp;b"><\/script>/);
  assert.doesNotMatch(html, /<style|style=|onload=|onclick=/);
});

test('a panel comes back with what it showed, whatever was kept', () => {
  assert.deepEqual(restoredState('runs', { view: 'runs', runs: ['a', 1, 'b'], tab: 'log' }), {
    view: 'runs',
    runs: ['a', 'b'],
  });
  assert.deepEqual(restoredState('preview', { configFile: '/a.selfsup.yaml' }), {
    view: 'preview',
    runs: [],
    configFile: '/a.selfsup.yaml',
  });
  for (const kept of [undefined, null, 3, 'x', [], { runs: {} }])
    assert.deepEqual(restoredState('runs', kept), { view: 'runs', runs: [] });
});

test('titles name what is shown', () => {
  const nameOf = (id: string): string | undefined => (id === 'a' ? 'digits' : undefined);
  assert.equal(panelTitle({ view: 'runs', runs: [] }, nameOf), 'Selfsup');
  assert.equal(panelTitle({ view: 'runs', runs: ['a'] }, nameOf), 'digits');
  assert.equal(panelTitle({ view: 'runs', runs: ['x', 'a', 'b'] }, nameOf), 'x and 2 more');
  assert.equal(
    panelTitle({ view: 'preview', runs: [], configFile: '/w/d.selfsup.yaml' }, nameOf),
    'Preview: d',
  );
});
