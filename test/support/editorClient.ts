import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { createMessageConnection, type MessageConnection } from 'vscode-jsonrpc';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { createConnection } from 'vscode-languageserver/node';
import { EditorServer, type EditorServerOptions } from '../../server/editor/editorServer.ts';
import { packageRoot } from '../../server/packageRoot.ts';
import {
  askRerunRequest,
  listRunsRequest,
  noticeNotification,
  type OnSavePolicy,
  type RunList,
  runsChangedNotification,
  runUpdatedNotification,
  startRunRequest,
  stopRunRequest,
} from '../../server/protocol/editor.ts';
import type { RunDelta, RunSummary } from '../../server/protocol/runView.ts';
import { cleanUp } from './cleanUp.ts';

export interface ClientOptions {
  readonly trusted?: boolean;
  readonly onSave?: OnSavePolicy;
  readonly keepAlive?: boolean;
  /** What is answered when the server asks whether to run again. */
  readonly rerun?: () => boolean;
}

/** An editor without windows: speaks to a server and remembers what it was told. */
export class EditorClient {
  readonly runs = new Map<string, RunSummary>();
  readonly deltas: { watch: number; delta: RunDelta }[] = [];
  readonly notices: string[] = [];
  readonly questions: string[] = [];
  ownership: RunList['ownership'] | undefined;
  onSave: OnSavePolicy;
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly connection: MessageConnection,
    private readonly options: ClientOptions,
    /** The server, where it is a process of its own. */
    readonly process?: ChildProcess,
  ) {
    this.onSave = options.onSave ?? 'rerun';
    connection.onNotification(runsChangedNotification, ({ runs, removed, ownership }) => {
      for (const run of runs) this.runs.set(run.id, run);
      for (const id of removed) this.runs.delete(id);
      this.ownership = ownership;
      this.look();
    });
    connection.onNotification(runUpdatedNotification, ({ watch, deltas }) => {
      for (const delta of deltas) this.deltas.push({ watch, delta });
      this.look();
    });
    connection.onNotification(noticeNotification, ({ text }) => {
      this.notices.push(text);
      this.look();
    });
    connection.onRequest(askRerunRequest, ({ text }) => {
      this.questions.push(text);
      this.look();
      return { rerun: options.rerun?.() ?? true };
    });
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => ({ onSave: this.onSave, keepAlive: options.keepAlive ?? true })),
    );
    connection.onRequest('client/registerCapability', () => null);
    for (const method of ['workspace/codeLens/refresh', 'workspace/inlayHint/refresh'])
      connection.onRequest(method, () => null);
    connection.onError(() => undefined);
  }

  /** A server inside this process, over two streams. */
  static async inMemory(
    t: TestContext,
    folder: string,
    options: ClientOptions = {},
    server: EditorServerOptions = {},
  ): Promise<EditorClient> {
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    const fast = { lookEvery: 100, ...server };
    new EditorServer(fast).listen(
      createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)),
    );
    const client = new EditorClient(
      createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer)),
      options,
    );
    cleanUp(t, () => client.shutDown());
    await client.start(folder);
    return client;
  }

  /** The built server as a process, as an editor starts it. */
  static async onStdio(t: TestContext, folder: string, options: ClientOptions = {}): Promise<EditorClient> {
    const script = path.join(packageRoot(), 'dist', 'server', 'editor.js');
    const server = spawn(process.execPath, [script, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    server.stdin.on('error', () => undefined);
    const client = new EditorClient(
      createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin)),
      options,
      server,
    );
    cleanUp(t, async () => {
      if (server.exitCode === null && server.signalCode === null) await client.shutDown();
    });
    await client.start(folder);
    return client;
  }

  /** Resolves when the condition holds; looked at after every message of the server. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  /** The newest run, or the one called so, once it fulfils the condition. */
  async run(condition: (run: RunSummary) => boolean, name?: string): Promise<RunSummary> {
    let found: RunSummary | undefined;
    await this.until(() => {
      found = this.list().find((run) => (name === undefined || run.name === name) && condition(run));
      return found !== undefined;
    });
    return found!;
  }

  /** Newest first. */
  list(): RunSummary[] {
    return [...this.runs.values()].sort((a, b) => (a.created < b.created ? 1 : -1));
  }

  async startRun(configFile: string): Promise<string> {
    const { runs } = await this.connection.sendRequest(startRunRequest, { configFile });
    return runs[0]!;
  }

  async stopRun(run: string, now = false): Promise<void> {
    await this.connection.sendRequest(stopRunRequest, { run, now });
  }

  async listRuns(): Promise<RunList> {
    const list = await this.connection.sendRequest(listRunsRequest);
    for (const run of list.runs) this.runs.set(run.id, run);
    this.ownership = list.ownership;
    return list;
  }

  /** What happens to a server that crashes or whose machine is short of memory. */
  async killServer(): Promise<void> {
    const server = this.process!;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    this.connection.dispose();
  }

  /** Ends the server as an editor does that closes its window; runs that are kept alive go on. */
  async leave(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    // In memory the server shares this process, which `exit` would end.
    if (this.process) {
      const ended = once(this.process, 'exit');
      await this.connection.sendNotification('exit');
      await ended;
    }
    this.connection.dispose();
  }

  /** Ends the server and its runs. */
  async shutDown(): Promise<void> {
    for (const { id, state } of this.runs.values()) {
      if (['queued', 'preparing', 'running'].includes(state))
        await this.stopRun(id, true).catch(() => undefined);
    }
    await this.leave();
  }

  private async start(folder: string): Promise<void> {
    this.connection.listen();
    await this.connection.sendRequest('initialize', {
      // In memory the server would look after this very process, and so keep it alive.
      processId: this.process ? process.pid : null,
      rootUri: null,
      capabilities: { workspace: { configuration: true } },
      initializationOptions: { trusted: this.options.trusted ?? true, folders: [folder] },
    });
    await this.connection.sendNotification('initialized', {});
    await this.listRuns();
  }

  private look(): void {
    for (const look of [...this.waiting]) look();
  }
}
