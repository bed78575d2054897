import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lintConfig } from '../../../server/config/lint.ts';
import { planRun } from '../../../server/config/plan.ts';
import { formatProblem, hasErrors } from '../../../server/config/problem.ts';
import { type Random, randomAt } from '../../../server/random.ts';
import { fullText, read, shortText, tableText } from './samples.ts';

const bases = [
  fullText,
  tableText,
  `${shortText}extends: base.yaml\nsweep: { grid: { seed: [1, 2], train.epochs: [3] } }\n`,
  `${shortText}train: &t { epochs: 3 }\nevaluate: { knn: false }\ndownstream:\n  - &d { mode: linear }\n  - { <<: *d, epochs: 2 }\n`,
];

const snippets = [
  '\t',
  ':',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '!!x ',
  '|',
  '>',
  '#',
  '---\n',
  '...\n',
  '~',
  'null',
  '1e999',
  '-0',
  '.nan',
  '0x10',
  '\0',
  '\uFEFF',
  '\r',
  '%YAML 1.1\n',
  '? ',
  'é',
  '\u{1F600}',
  '__proto__: ',
  'constructor',
  '@',
  '`',
];

function mutate(text: string, random: Random): string {
  let result = text;
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(result.length + 1);
    const length = random.integer(12);
    const other = random.integer(result.length + 1);
    const piece = result.slice(other, other + random.integer(30));
    switch (random.integer(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at) + (snippets[random.integer(snippets.length)] ?? '') + result.slice(at);
        break;
      case 2:
        result = result.slice(0, at) + piece + result.slice(at);
        break;
      case 3:
        result = result.slice(0, at) + String.fromCharCode(random.integer(128)) + result.slice(at + 1);
        break;
      default: {
        const lines = result.split('\n');
        const [line] = lines.splice(random.integer(lines.length), 1);
        lines.splice(random.integer(lines.length + 1), 0, line ?? '');
        result = lines.join('\n');
      }
    }
  }
  return result;
}

test('2,000 damaged configs: never an exception, always a config or a reason, always a real place', () => {
  let valid = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const random = randomAt(trial, 'damage');
    const text = mutate(bases[trial % bases.length] ?? '', random);
    const lines = text.split(/\r\n|\n|\r/).length;
    const describe = (): string => `trial ${trial}:\n${text}`;
    const result = read(text, { 'base.yaml': mutate(shortText, random) });
    assert.equal(result.config === undefined, hasErrors(result.problems), describe());
    for (const problem of result.problems) {
      assert.ok(problem.line >= 1 && problem.column >= 1, describe());
      if (problem.file.endsWith('main.selfsup.yaml')) assert.ok(problem.line <= lines + 1, describe());
      for (const part of [problem.message, problem.found, problem.expected, problem.fix]) {
        assert.ok(
          part.length > 0 && !part.includes('undefined') && !part.includes('[object'),
          `${formatProblem(problem)}\n${describe()}`,
        );
      }
    }
    for (const { config, positions } of result.runs) {
      valid++;
      assert.ok(Array.isArray(lintConfig(config, positions)), describe());
      assert.match(planRun(config).hashes.pretrain, /^[0-9a-f]{64}$/);
    }
  }
  assert.ok(valid > 100, `enough of them stay valid to test the rest: ${valid}`);
});
