import {
  type Connection,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { registerLanguage } from '../language/registerLanguage.ts';
import {
  runsChangedNotification,
  runUpdatedNotification,
  type ServerOptions,
  trustedNotification,
} from '../protocol/editor.ts';
import { Assistant } from '../runs/assistant.ts';
import type { TrainerOptions } from '../runs/trainerProcess.ts';
import { version } from '../version.ts';
import { ConfigActions } from './configActions.ts';
import { followRuns } from './liveRuns.ts';
import { registerRuns } from './registerRuns.ts';
import { RunActions } from './runActions.ts';
import { RunPublisher } from './runPublisher.ts';
import { RunService } from './runService.ts';
import { Settings } from './settings.ts';
import { Watches } from './watches.ts';

/** What tests replace. */
export interface EditorServerOptions {
  /** Another trainer than the product's own. */
  readonly trainer?: TrainerOptions;
  /** How often is looked what other programs did to the runs (ms). */
  readonly lookEvery?: number;
}

/** The language server: joins the config language and the runs on one connection. */
export class EditorServer {
  private trusted = false;
  private folders: readonly string[] = [];
  private dispose: () => void = () => undefined;

  constructor(private readonly options: EditorServerOptions = {}) {}

  listen(connection: Connection): void {
    const { trainer, lookEvery } = this.options;
    const documents = new TextDocuments(TextDocument);
    const settings = new Settings(connection);
    const trusted = () => this.trusted;
    const assistant = new Assistant({ ...(trainer && { trainer }) });
    const service = new RunService({
      ...(trainer && { trainer }),
      ...(lookEvery !== undefined && { lookEvery }),
      trusted,
      keepAlive: (root) => settings.keepAlive(root),
    });
    const actions = new RunActions(service, { ...(trainer && { trainer }), trusted });
    const configs = new ConfigActions(service, assistant, {
      ...(trainer && { trainer }),
      demandTrust: () => actions.demandTrust(),
    });
    const watches = new Watches(service, (update) => {
      void connection.sendNotification(runUpdatedNotification, update);
    });
    const language = registerLanguage(connection, documents, {
      facts: (config) => assistant.inspect(config),
      estimate: (config) => assistant.estimate(config),
      runsOf: (configFile) => service.runsOf(configFile),
      trusted,
    });
    const publisher = new RunPublisher(service, (news) => {
      void connection.sendNotification(runsChangedNotification, news);
      language.runsChanged();
    });
    const live = followRuns(connection, service, actions, settings, trusted);
    registerRuns(connection, { service, actions, configs, watches });

    connection.onInitialize((params) => {
      this.initialize(params, settings);
      return {
        capabilities: { textDocumentSync: TextDocumentSyncKind.Incremental, ...language.capabilities },
        serverInfo: { name: 'Selfsup', version: version() },
      } satisfies InitializeResult;
    });
    connection.onInitialized(() => {
      service.listen(publisher);
      // Restricted Mode: run folders belong to the workspace that is not trusted yet.
      void service.open(this.trusted ? this.folders : []);
    });
    connection.onNotification(trustedNotification, () => {
      this.trusted = true;
      language.recheck();
      void service.open(this.folders).then(() => publisher.ownershipChanged());
    });
    // What an open config extends was changed, or made, or removed.
    connection.onDidChangeWatchedFiles(() => language.recheck());
    this.dispose = () => {
      language.dispose();
      watches.dispose();
      void live.close();
      service.dispose();
      void assistant.dispose();
    };
    connection.onShutdown(() => this.dispose());
    documents.listen(connection);
    connection.listen();
  }

  private initialize({ initializationOptions, capabilities }: InitializeParams, settings: Settings): void {
    const { trusted = false, folders = [] } = (initializationOptions ?? {}) as Partial<ServerOptions>;
    this.trusted = trusted;
    this.folders = folders;
    settings.available = capabilities.workspace?.configuration === true;
  }
}
