/**
 * The language server: started by an editor (`--node-ipc`) or by anything that speaks LSP (`--stdio`). It never
 * computes; trainer processes do.
 */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { EditorServer } from './editorServer.ts';

new EditorServer().listen(createConnection(ProposedFeatures.all));
