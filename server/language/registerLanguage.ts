import type { Connection, ServerCapabilities, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Config } from '../config/schema.ts';
import type { RunSummary } from '../protocol/runView.ts';
import type { DataFacts, Estimate } from '../protocol/trainer.ts';

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
}

/** Answers everything that an editor asks about config files. */
export function registerLanguage(
  _connection: Connection,
  _documents: TextDocuments<TextDocument>,
  _deps: LanguageDeps,
): LanguageFeatures {
  return { capabilities: {}, runsChanged: () => {}, recheck: () => {} };
}
