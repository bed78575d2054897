import {
  type CancellationToken,
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  LSPErrorCodes,
  ResponseError,
  type ServerCapabilities,
  type TextDocuments,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { languageNode } from '../config/language.ts';
import type { Config } from '../config/schema.ts';
import type { RunSummary } from '../protocol/runView.ts';
import type { DataFacts, Estimate } from '../protocol/trainer.ts';
import { Checker } from './checker.ts';
import { codeActions } from './codeActions.ts';
import { codeLenses } from './codeLenses.ts';
import { completeConfig } from './completion.ts';
import { formatConfig } from './formatting.ts';
import { hoverConfig } from './hover.ts';
import { inlayHints } from './inlayHints.ts';
import { definitionAt, documentLinks } from './links.ts';
import { fileOf, isSaved, OpenConfigs } from './openConfigs.ts';
import { Refresher } from './refresher.ts';
import { documentSymbols } from './symbols.ts';

/** What the language features ask of the rest of the server; nothing here may block. */
export interface LanguageDeps {
  /** What the config's data is like. Rejects with an error that may carry `problem: InputProblem`. */
  facts(config: Config): Promise<DataFacts>;
  /** What the config costs; cached by the callee. */
  estimate(config: Config): Promise<Estimate>;
  /** Runs that came from a config file, newest first. */
  runsOf(configFile: string): readonly RunSummary[];
  /** Restricted Mode when false: nothing but config files is looked at. */
  trusted(): boolean;
}

export interface LanguageFeatures {
  readonly capabilities: Partial<ServerCapabilities>;
  /** Runs came, went or moved on: code lenses are drawn again. */
  runsChanged(): void;
  /** Files on disk or the trust in the workspace changed: all open configs are checked again. */
  recheck(): void;
  dispose(): void;
}

export interface LanguageTimes {
  /** Milliseconds after an edit until diagnostics, from then until the data are opened, between two refreshes. */
  readonly checkAfter: number;
  readonly dataAfter: number;
  readonly refreshAfter: number;
}

const usualTimes: LanguageTimes = { checkAfter: 150, dataAfter: 600, refreshAfter: 500 };

const capabilities: Partial<ServerCapabilities> = {
  completionProvider: { triggerCharacters: [':', ' ', '/', '{', '[', ',', '-', '.'] },
  hoverProvider: true,
  definitionProvider: true,
  documentLinkProvider: {},
  documentSymbolProvider: true,
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  codeLensProvider: {},
  inlayHintProvider: true,
};

/** Answers everything that an editor asks about config files. */
export function registerLanguage(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
  deps: LanguageDeps,
  { checkAfter, dataAfter, refreshAfter }: LanguageTimes = usualTimes,
): LanguageFeatures {
  const configs = new OpenConfigs(documents);
  const failed = (error: unknown): void => {
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  // An editor that cannot refresh says so; it draws again with the next edit.
  const lenses = new Refresher(() => {
    connection.sendRequest(CodeLensRefreshRequest.type).catch(() => {});
  }, refreshAfter);
  const hints = new Refresher(() => {
    connection.languages.inlayHint.refresh().catch(() => {});
  }, refreshAfter);
  const checker = new Checker(configs, deps, {
    checkAfter,
    dataAfter,
    publish: ({ uri, version }, diagnostics) => {
      void connection.sendDiagnostics({ uri, version, diagnostics: [...diagnostics] });
    },
    changed: () => {
      lenses.request();
      hints.request();
    },
    failed,
  });

  /** Answers for the config that a request names; a failure is logged and answered with nothing. */
  const answer =
    <Params extends { readonly textDocument: { readonly uri: string } }, Answer>(
      nothing: Answer,
      give: (document: TextDocument, params: Params) => Answer | undefined,
    ) =>
    async (params: Params, token: CancellationToken): Promise<Answer | ResponseError<void>> => {
      // Lets a cancellation that is already on the line come in first.
      await new Promise(setImmediate);
      if (token.isCancellationRequested)
        return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
      const document = configs.get(params.textDocument.uri);
      if (document === undefined) return nothing;
      try {
        return give(document, params) ?? nothing;
      } catch (error) {
        failed(error);
        return nothing;
      }
    };
  const disk = (document: TextDocument): boolean => deps.trusted() && isSaved(document);
  const context = (document: TextDocument) => ({
    file: fileOf(document),
    readFile: configs.readFile,
    disk: disk(document),
  });

  documents.onDidChangeContent(({ document }) => {
    if (configs.get(document.uri) !== undefined) checker.edited(document);
  });
  documents.onDidClose(({ document }) => {
    checker.closed(document);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  connection.onCompletion(
    answer([], (document, { position }) =>
      completeConfig(document, position, { ...context(document), snippets: true }),
    ),
  );
  connection.onHover(
    answer(null, (document, { position }) => {
      const { facts } = checker.knownOf(document);
      return hoverConfig(document, position, { ...context(document), ...(facts && { facts }) });
    }),
  );
  connection.onCodeAction(
    answer([], (document, { range, context: { only } }) => {
      if (only !== undefined && !only.some((kind) => CodeActionKind.QuickFix.startsWith(kind))) return [];
      const { facts } = checker.knownOf(document);
      return codeActions(checker.placed(document), range, {
        ...context(document),
        text: document.getText(),
        ...(facts && { facts }),
      });
    }),
  );
  connection.onCodeLens(
    answer([], (document) => {
      lenses.asked();
      const file = fileOf(document);
      const trusted = disk(document);
      const runs = trusted ? deps.runsOf(file) : [];
      return codeLenses(document, { file, runs, trusted, valid: checker.isValid(document) });
    }),
  );
  connection.languages.inlayHint.on(
    answer([], (document, { range }) => {
      hints.asked();
      return inlayHints(document, range, checker.knownOf(document));
    }),
  );
  connection.onDefinition(
    answer(null, (document, { position }) =>
      definitionAt(document, position, fileOf(document), disk(document)),
    ),
  );
  connection.onDocumentLinks(
    answer([], (document) => documentLinks(document, fileOf(document), disk(document))),
  );
  connection.onDocumentSymbol(answer([], (document) => documentSymbols(document)));
  connection.onDocumentFormatting(answer([], (document) => formatConfig(document)));

  // The first answer would otherwise wait for the schema to be made.
  setImmediate(languageNode);

  return {
    capabilities,
    runsChanged: () => lenses.request(),
    recheck: () => checker.recheck(),
    dispose: () => {
      checker.dispose();
      lenses.dispose();
      hints.dispose();
    },
  };
}
