import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkConfig } from '../../../server/config/check.ts';
import { formatProblem, hasErrors } from '../../../server/config/problem.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

// Each broken config beside what is said about it. UPDATE_GOLDEN=1 accepts what is said now.
const folder = path.join(packageRoot(), 'test/fixtures/configs');
const files = readdirSync(folder).filter((name) => name.endsWith('.selfsup.yaml'));

test('there are broken configs of every kind', () => assert.ok(files.length >= 50));

for (const name of files) {
  test(`${name} gets its exact messages`, () => {
    const golden = path.join(folder, name.replace('.selfsup.yaml', '.expected.txt'));
    const result = checkConfig(path.join(folder, name));
    assert.notEqual(result.problems.length, 0, 'a fixture here has something wrong');
    assert.equal(result.config === undefined, result.runs.length === 0);
    for (const problem of result.problems)
      assert.ok(problem.endLine > problem.line || problem.endColumn >= problem.column);
    const said = result.problems.map((problem) => formatProblem(problem, folder)).join('\n');
    const verdict = hasErrors(result.problems) ? 'errors' : 'warnings only';
    const text = `${said.replaceAll(folder, '<configs>')}\n\n${verdict}\n`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    assert.ok(
      existsSync(golden),
      `${path.basename(golden)} is missing: run with UPDATE_GOLDEN=1 and read it`,
    );
    assert.equal(text, readFileSync(golden, 'utf8'));
  });
}
