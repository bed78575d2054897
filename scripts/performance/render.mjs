// docs/performance.md from docs/performance.json.

/** What the editor side may cost, in KB and ms; the page says where that does not hold, and why. */
const budgets = { host: 520, server: 400, webview: 250, activation: 100, completion: 50 };

/** The page; parts that were never measured are left out. */
export function renderPerformance(results) {
  const parts = [summary, activation, completion, bundles, memory, frames].map((part) => part(results));
  return `${[
    '# Performance of the editor side',
    '',
    'Written by `npm run performance` from [performance.json](performance.json); nothing here is typed by hand. How fast it',
    'trains is another question: `npm run bench` and [results](results.md).',
    '',
    ...parts.filter(Boolean),
  ].join('\n')}`;
}

const round = (value, digits = 1) => value.toFixed(digits).replace(/\.0+$/, '');
const kb = (bytes) => Math.round(bytes / 1000);
const mb = (bytes) => round(bytes / 1e6);
const count = (value) => value.toLocaleString('en');

/** When and where a part was measured. */
const measuredOn = ({ date, machine, load }) => `*${date}, ${machine}; load average at the end ${load}.*\n`;

const table = (head, rows) =>
  `${[head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')}\n`;

const timings = (title, { n, median, p95, max }) => [title, n, round(median), round(p95), round(max)];
const timingsHead = ['ms', 'n', 'median', 'p95', 'longest'];

function sizes({ bundles: files }) {
  return [
    ['host', ['dist/extension.cjs', 'dist/onDemand.cjs'], budgets.host],
    ['language server', ['dist/server/editor.js'], budgets.server],
    ['panel', ['dist/webview/panel.js', 'dist/webview/panel.css'], budgets.webview],
  ].map(([title, names, budget]) => ({
    title,
    names,
    budget,
    bytes: names.reduce((sum, name) => sum + files[name].bytes, 0),
  }));
}

function summary(results) {
  const { activation, completion, bundles, memory, frames } = results;
  const verdict = (value, budget) => (value <= budget ? 'yes' : '**no**');
  const rows = [];
  if (activation)
    rows.push([
      'activation, median',
      `${round(activation.both.median)} ms`,
      `${budgets.activation} ms`,
      verdict(activation.both.median, budgets.activation),
    ]);
  if (completion)
    for (const [state, { p95 }] of [
      ['idle', completion.idle],
      ['during training', completion.training],
    ])
      rows.push([
        `completion ${state}, p95`,
        `${round(p95)} ms`,
        `${budgets.completion} ms`,
        verdict(p95, budgets.completion),
      ]);
  if (bundles)
    for (const { title, bytes, budget } of sizes(results))
      rows.push([`bundle of the ${title}`, `${kb(bytes)} KB`, `${budget} KB`, verdict(kb(bytes), budget)]);
  if (memory)
    rows.push([
      'heap of the host after an hour',
      `${mb(memory.heap[memory.minutes])} MB`,
      'flat',
      growth(memory),
    ]);
  if (frames)
    rows.push([`frame while ${count(frames.points)} points stream, p95`, `${round(frames.p95)} ms`, '', '']);
  return table(['', 'measured', 'budget', 'held'], rows);
}

const growth = ({ heap, minutes }) => {
  const change = (heap[minutes] - heap[1]) / 1e6;
  return `${change < 0 ? '−' : '+'}${round(Math.abs(change), 2)} MB since minute 1`;
};

function activation({ activation: found }) {
  if (!found) return '';
  return `## Activation

Time in the extension host until \`activate()\` has returned, as VS Code itself tells it (*Developer: Startup Performance*): the
packed extension in a real VS Code, a window with a config file open, loaded again and again. The server starts after that, in a
process of its own; the code that talks to it is read then too. VS Code counts as loading also how long it waits for the extension's
translations, which come from a window that is just being built; the marks of its extension host part the two, and the budget is
for what the extension does: loading and calling.

${table(timingsHead, [
  timings('VS Code waits for its window', found.wait),
  timings('load the code', found.code),
  timings('call `activate()`', found.call),
  timings('loading and calling', found.both),
])}
${measuredOn(found)}`;
}

function completion({ completion: found }) {
  if (!found) return '';
  return `## Completion

From the keystroke (\`didChange\`) to the list (up to ${found.items} entries), in a bundled server over stdio, a keystroke each tenth of a second;
then the same while a run of that server trains a convnet (${count(found.steps)} steps went by meanwhile). It trains in another process, so the
server only competes for the processor.

${table(timingsHead, [
  timings('idle', found.idle),
  timings('during training', found.training),
  timings('control: refused at once', found.controls),
])}
The control is a request that the server answers with *no such method*, asked in turn with the others: what the line and a busy machine take
by themselves.

${measuredOn(found)}`;
}

function bundles(results) {
  const { bundles: found } = results;
  if (!found) return '';
  const composition = (names) => {
    const packages = {};
    for (const name of names)
      for (const [origin, bytes] of Object.entries(found[name].packages))
        packages[origin] = (packages[origin] ?? 0) + bytes;
    const parts = Object.entries(packages).sort(([, a], [, b]) => b - a);
    const small = parts.filter(([, bytes]) => bytes < 3000).reduce((sum, [, bytes]) => sum + bytes, 0);
    return [
      ...parts
        .filter(([, bytes]) => bytes >= 3000)
        .map(([origin, bytes]) => `${origin === 'own' ? 'own code' : origin} ${kb(bytes)}`),
      ...(small >= 500 ? [`others ${kb(small)}`] : []),
    ].join(', ');
  };
  const rows = sizes(results).map(({ title, names, budget, bytes }) => [
    title,
    `${kb(bytes)}`,
    `${budget}`,
    composition(names),
  ]);
  const worker = 'dist/webview/umapWorker.js';
  rows.push(['UMAP worker', `${kb(found[worker].bytes)}`, '', composition([worker])]);
  const server = found['dist/server/editor.js'];
  const own = server.packages.own;
  return `## Bundles

KB (thousands of bytes), minified, not compressed, without the native parts (ONNX Runtime, sharp), from esbuild's own account. Of the
host, ${kb(found['dist/extension.cjs'].bytes)} KB are loaded at activation, the rest with the first server or panel. The UMAP worker is loaded when somebody asks for
UMAP.

${table(['bundle', 'KB', 'budget', 'of it'], rows)}
The language server's libraries alone are ${kb(server.bytes - own)} KB: YAML with source ranges, the config schema, the language server protocol and a
file watcher that works everywhere. The rest, ${kb(own)} KB, is the config language with its documentation, the methods' keys, the run store and
the live configs. ${kb(server.models)} KB of it are methods and encoders: the server needs their keys, defaults and words, and what builds their networks and
losses comes along, because a method is one file; parting them would not bring the bundle near its budget. It is read once, at the start of a process that then lives as long as the window; TensorFlow.js, ONNX Runtime
and sharp are not in it, because they live in the trainer.

${measuredOn(found)}`;
}

function memory({ memory: found }) {
  if (!found) return '';
  const minutes = Object.keys(found.heap);
  return `## Memory of the host

An hour of a live run, replayed: ${count(found.updates)} rounds of messages, ten for each simulated second (a summary, and ten new points of three
curves), through the host's own model, tree and the relay of an open panel, with twenty older runs beside it. The tree had the editor draw
${count(found.drawn)} of its nodes, and the panel got ${count(found.received)} messages. Heap in use after a forced garbage collection, in a plain Node:

${table(['minute', ...minutes], [['MB', ...minutes.map((minute) => round(found.heap[minute] / 1e6, 2))]])}
${measuredOn(found)}`;
}

function frames({ frames: found }) {
  if (!found) return '';
  return `## Frames

The built panel in headless Chromium, drawn by the processor alone (no GPU), while ${count(found.points)} points of one curve come in at ten messages
a second for ${round(found.seconds)} s: ${count(found.frames)} frames, ${round(found.frames / found.seconds)} a second.

${table(
  ['ms', 'median', 'p95', 'longest', 'blocked in all'],
  [['from frame to frame', round(found.median), round(found.p95), round(found.max), round(found.blocked)]],
)}
*Blocked* is the time in tasks longer than 50 ms, without their first 50 ms.

${measuredOn(found)}`;
}
