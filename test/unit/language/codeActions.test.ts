import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { checkConfig } from '../../../server/config/check.ts';
import { formatProblem } from '../../../server/config/problem.ts';
import { checkedRepairs, type RepairContext } from '../../../server/language/codeActions.ts';
import { packageRoot } from '../../../server/packageRoot.ts';

const folder = path.join(packageRoot(), 'test/fixtures/configs');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.selfsup.yaml'));
const readFile = (file: string): string => readFileSync(file, 'utf8');

test('every repair of every broken config solves its problem', () => {
  let tried = 0;
  const useless: string[] = [];
  for (const name of fixtures) {
    const file = path.join(folder, name);
    const context: RepairContext = { file, text: readFile(file), readFile, disk: true };
    for (const problem of checkConfig(file).problems) {
      const wanted = problem.repairs ?? [];
      tried += wanted.length;
      const found = checkedRepairs(problem, context);
      for (const { title } of wanted.slice(0, 8)) {
        if (!found.some((repair) => repair.title === title))
          useless.push(`${title}: ${formatProblem(problem, folder)}`);
      }
    }
  }
  assert.ok(tried > 150, `tried ${tried} repairs`);
  assert.deepEqual(useless, []);
});
