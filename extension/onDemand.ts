/**
 * What nobody needs before a server starts or a panel is shown: the language client, the panel's line to the server, and
 * the JSON-RPC below both. It is nine tenths of the host's code, so it is a bundle of its own (scripts/build.mjs), and
 * activation does not wait until it has been read.
 */
export {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
export { Panel } from './views/panel.ts';
