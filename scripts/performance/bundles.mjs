// Bytes of the bundles, and which packages they come from.
import { loadavg } from 'node:os';
import { buildEditor, buildExtension, buildWebview } from '../build.mjs';

/** Builds them as they ship, but leaves the files alone. */
export async function measureBundles() {
  const options = { metafile: true, write: false };
  const [host, server, webview] = await Promise.all([
    buildExtension(options),
    buildEditor(options),
    buildWebview(options),
  ]);
  return {
    date: new Date().toISOString().slice(0, 10),
    load: Math.round(loadavg()[0] * 10) / 10,
    'dist/extension.cjs': composition(host, 'extension.cjs'),
    'dist/onDemand.cjs': composition(host, 'onDemand.cjs'),
    'dist/server/editor.js': composition(server, 'editor.js'),
    'dist/webview/panel.js': composition(webview, 'panel.js'),
    'dist/webview/panel.css': composition(webview, 'panel.css'),
    'dist/webview/umapWorker.js': composition(webview, 'umapWorker.js'),
  };
}

/** Minified bytes of one output, as a whole and by package; `own` is our code. */
function composition({ metafile }, name) {
  const [, { bytes, inputs }] = Object.entries(metafile.outputs).find(([file]) => file.endsWith(`/${name}`));
  const packages = {};
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const origin = packageOf(file);
    packages[origin] = (packages[origin] ?? 0) + bytesInOutput;
  }
  /** Keys, defaults and words of methods and encoders, and the lines that build their networks. */
  const models = Object.entries(inputs)
    .filter(([file]) => /^server\/(methods|encoders|nn)\//.test(file))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  const bySize = Object.entries(packages).sort(([, a], [, b]) => b - a);
  return { bytes, ...(models > 0 && { models }), packages: Object.fromEntries(bySize) };
}

function packageOf(file) {
  const below = file.split('node_modules/').at(-1);
  if (below === file) return 'own';
  const parts = below.split('/');
  return parts.slice(0, below.startsWith('@') ? 2 : 1).join('/');
}
