import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CompletionItem, Range, TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { checkConfig } from '../../../server/config/check.ts';
import { placeProblems } from '../../../server/language/diagnostics.ts';
import { packageRoot } from '../../../server/packageRoot.ts';
import { type Random, randomAt } from '../../../server/random.ts';
import { LanguageClient } from './languageClient.ts';

/** What a fuzz did, for whoever wants to print it. */
export interface FuzzReport {
  readonly edits: number;
  readonly requests: number;
  /** Texts whose diagnostics were compared with `checkConfig`, and how many of them were without errors. */
  readonly compared: number;
  readonly valid: number;
  /** Milliseconds of every completion, request to answer. */
  readonly completions: readonly number[];
}

const snippets = [
  ' ',
  '\n',
  '\r\n',
  '\t',
  ':',
  ': ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  ', ',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '<<: ',
  '|',
  '>',
  '---\n',
  '~',
  '\uFEFF',
  '\r',
  '\0',
  'é',
  '\u{1F600}',
  '\u2028',
  '\uE0FF',
  '? ',
  '!!x ',
  '@',
  '`',
  '%',
  '1e999',
  '.nan',
  '__proto__: ',
  '$',
  '\\',
  'train:\n  epochs: 3\n',
  'encoder: { type: vit, patch: 4 }',
  'pretext:\n  method: mae\n',
  '  views: { crop: [0.6, 1] }\n',
  'downstream:\n  - { mode: linear }\n',
  'sweep: { grid: { seed: [0, 1] } }\n',
  'extends: base.selfsup.yaml\n',
  'lr: 0.1\n',
] as const;

const positional = ['completion', 'hover', 'definition'] as const;
const whole = [
  'documentSymbol',
  'documentLink',
  'codeLens',
  'formatting',
  'codeAction',
  'inlayHint',
] as const;

/**
 * Types at random into the example configs, in bursts, asks for everything in between, and compares what is left
 * standing with `selfsup check`. Throws where an answer is an error, does not fit the text, or is stale.
 */
export async function fuzz(edits: number, seed: number): Promise<FuzzReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'selfsup-fuzz-'));
  const client = new LanguageClient();
  try {
    await client.start();
    return await typeAtRandom(client, folder, edits, seed);
  } finally {
    client.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function typeAtRandom(
  client: LanguageClient,
  folder: string,
  edits: number,
  seed: number,
): Promise<FuzzReport> {
  const texts = exampleTexts();
  mkdirSync(path.join(folder, 'data'));
  writeFileSync(path.join(folder, 'data', 'table.csv'), 'a,b,c\n1,2,x\n');
  const base = path.join(packageRoot(), 'examples/digits/base.selfsup.yaml');
  copyFileSync(base, path.join(folder, 'base.selfsup.yaml'));
  const counts = { edits: 0, requests: 0, compared: 0, valid: 0 };
  const completions: number[] = [];
  for (let trial = 0; counts.edits < edits; trial++) {
    const random = randomAt(seed, 'fuzz', trial);
    const file = path.join(folder, `trial${trial}.selfsup.yaml`);
    const uri = pathToFileURL(file).href;
    const start = texts[trial % texts.length] ?? '';
    let document = TextDocument.create(
      uri,
      'selfsup',
      1,
      random.chance(0.3) ? start.replaceAll('\n', '\r\n') : start,
    );
    client.open(uri, document.getText());
    const pending: Promise<void>[] = [];
    for (let burst = 0; burst < 4 && counts.edits < edits; burst++) {
      for (let left = 1 + random.integer(burst === 0 ? 2 : 8); left > 0; left--) {
        const change = randomChange(document, random);
        const version = client.edit(uri, change);
        document = TextDocument.update(document, [change], version);
        counts.edits++;
        counts.requests++;
        pending.push(ask(client, document, random, completions));
      }
      await Promise.all(pending.splice(0));
      const text = document.getText();
      const { version } = document;
      const { diagnostics } = await client.diagnostics(
        (news) => news.uri === uri && news.version === version,
      );
      const result = checkConfig(file, { text });
      const expected = placeProblems(result.problems, file, text).map(({ diagnostic }) => diagnostic);
      assert.deepEqual(
        diagnostics.filter(({ relatedInformation }) => relatedInformation === undefined),
        JSON.parse(JSON.stringify(expected)),
        `seed ${seed}, trial ${trial}:\n${text}`,
      );
      counts.compared++;
      if (result.config !== undefined) counts.valid++;
    }
    const versions = client.published.flatMap((news) =>
      news.uri === uri && news.version ? [news.version] : [],
    );
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
      'diagnostics go back to an older text',
    );
    client.close(uri);
    client.published.length = 0;
    assert.deepEqual(client.errors, []);
  }
  return { ...counts, completions };
}

/** An insertion, a deletion, a paste of something else, or a line that moves. */
function randomChange(document: TextDocument, random: Random): { range: Range; text: string } {
  const text = document.getText();
  const at = random.integer(text.length + 1);
  const rangeOf = (start: number, end: number): Range => ({
    start: document.positionAt(start),
    end: document.positionAt(end),
  });
  const other = random.integer(text.length + 1);
  switch (random.integer(5)) {
    case 0:
      return { range: rangeOf(at, Math.min(text.length, at + random.integer(12))), text: '' };
    case 1:
      return { range: rangeOf(at, at), text: text.slice(other, other + random.integer(40)) };
    case 2:
      return {
        range: rangeOf(at, Math.min(text.length, at + 1)),
        text: String.fromCharCode(32 + random.integer(95)),
      };
    default:
      return { range: rangeOf(at, at), text: snippets[random.integer(snippets.length)] ?? '' };
  }
}

/** One request at a random place; positions and ranges of the answer must lie in the text. */
async function ask(
  client: LanguageClient,
  document: TextDocument,
  random: Random,
  completions: number[],
): Promise<void> {
  const text = document.getText();
  const position = document.positionAt(random.integer(text.length + 1));
  const { uri } = document;
  if (random.chance(0.6)) {
    const kind = positional[random.chance(0.7) ? 0 : 1 + random.integer(2)] ?? 'hover';
    const begin = performance.now();
    const answer = await client.ask<unknown>(`textDocument/${kind}`, uri, { position });
    if (kind !== 'completion') return;
    completions.push(performance.now() - begin);
    for (const { label, textEdit } of answer as CompletionItem[]) {
      const { range, newText } = textEdit as TextEdit;
      const [start, end] = [document.offsetAt(range.start), document.offsetAt(range.end)];
      const cursor = document.offsetAt(position);
      assert.ok(start <= cursor && cursor <= end, `${label} replaces the text around the cursor`);
      assert.equal(range.start.line, range.end.line, `${label} replaces one line`);
      assert.ok(!newText.includes('undefined') && !newText.includes('[object'), newText);
    }
    return;
  }
  const kind = whole[random.integer(whole.length)] ?? 'codeLens';
  const range = { start: { line: 0, character: 0 }, end: position };
  const options = { tabSize: 2, insertSpaces: true };
  await client.ask(`textDocument/${kind}`, uri, { range, options, context: { diagnostics: [] } });
}

function exampleTexts(): string[] {
  const folder = path.join(packageRoot(), 'examples');
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return names
    .filter((name) => name.endsWith('.selfsup.yaml'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}
