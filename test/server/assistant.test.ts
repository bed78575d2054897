import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { readConfig } from '../../server/config/read.ts';
import type { Config } from '../../server/config/schema.ts';
import { Assistant, type AssistantOptions, SupersededError } from '../../server/runs/assistant.ts';
import { TrainerError } from '../../server/runs/trainerProcess.ts';
import { fakeFacts, serveFakeTrainer } from '../support/fakeTrainer.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

if (process.argv[2] === 'trainer') serveFakeTrainer();
else describeTests();

function open(t: TestContext, options: AssistantOptions = {}): Assistant {
  const assistant = new Assistant({ trainer: { script: process.argv[1]!, args: ['trainer'] }, ...options });
  t.after(() => assistant.dispose());
  return assistant;
}

/** Configs of one folder of images; what the fake trainer does is the first word of the name. */
function configs(t: TestContext): { images: string; named(name: string, more?: string): Config } {
  const folder = temporaryFolder(t);
  const images = path.join(folder, 'pictures');
  mkdirSync(images);
  return {
    images,
    named(name, more = '') {
      const file = path.join(folder, `${name}.selfsup.yaml`);
      writeFileSync(
        file,
        `data: { images: pictures }\nencoder: { type: mlp }\npretext: { method: autoencoder }\n${more}`,
      );
      return readConfig(file).config!;
    },
  };
}

/** The words of a fake preview: name, samples, process, how many it drew before. */
const words = ({ summary }: { summary: string }) => summary.split(' ');
const question = { samples: 4, key: 'x' };

function describeTests(): void {
  describe('assistant', () => {
    it('remembers what the data are until their files change', async (t) => {
      const { images, named } = configs(t);
      const assistant = open(t);
      const facts = await assistant.inspect(named('a'));
      assert.deepEqual(facts, fakeFacts);
      assert.equal(
        await assistant.inspect(named('b', 'train: { epochs: 3 }')),
        facts,
        'the data are the same',
      );
      assert.equal(await assistant.estimate(named('a')), await assistant.estimate(named('b')));
      assert.notEqual(
        await assistant.estimate(named('a')),
        await assistant.estimate(named('b', 'train: { batchSize: 7 }')),
      );
      mkdirSync(path.join(images, 'class'));
      assert.notEqual(await assistant.inspect(named('a')), facts);
    });

    it('starts one process at the first question, of low priority, and uses it again', async (t) => {
      const { named } = configs(t);
      const assistant = open(t);
      assert.equal(assistant.pid, undefined);
      const [, samples, pid, count] = words(await assistant.preview(named('a'), question));
      assert.deepEqual([samples, Number(pid), count], ['4', assistant.pid, '1']);
      assert.equal(getPriority(assistant.pid!), constants.priority.PRIORITY_BELOW_NORMAL);
      const again = words(await assistant.preview(named('a'), question));
      assert.deepEqual(again.slice(2), [pid, '2']);
    });

    it("hands the user's mistake on, and asks again the next time", async (t) => {
      const { named } = configs(t);
      const assistant = open(t);
      for (let attempt = 0; attempt < 2; attempt++)
        await assert.rejects(assistant.inspect(named('data')), (error) => {
          assert.ok(error instanceof TrainerError);
          assert.deepEqual(error.problem?.key, ['data', 'images']);
          return true;
        });
      assert.deepEqual(await assistant.inspect(named('a')), fakeFacts);
    });

    it('drops an older question for a newer one of the same key, and no other', async (t) => {
      const { images, named } = configs(t);
      const assistant = open(t);
      const first = assistant.preview(named('hang'), { samples: 1, key: 'first' });
      const old = assistant.preview(named('old'), question);
      const other = assistant.preview(named('other'), { samples: 1, key: 'other' });
      const fresh = assistant.preview(named('fresh'), question);
      await assert.rejects(old, SupersededError);
      writeFileSync(path.join(images, 'go'), '');
      const drawn = await Promise.all([first, other, fresh]);
      assert.deepEqual(
        drawn.map((preview) => words(preview)[0]),
        ['hang', 'other', 'fresh'],
      );
    });

    it('answers estimates after everything else that waits', async (t) => {
      const { images, named } = configs(t);
      const assistant = open(t);
      const order: string[] = [];
      const noted = (name: string, answer: Promise<unknown>) => answer.then(() => order.push(name));
      const answers = [
        noted('hang', assistant.preview(named('hang'), { samples: 1, key: 'first' })),
        noted('estimate', assistant.estimate(named('a'))),
        noted('inspect', assistant.inspect(named('a'))),
        noted('preview', assistant.preview(named('a'), question)),
      ];
      writeFileSync(path.join(images, 'go'), '');
      await Promise.all(answers);
      assert.deepEqual(order, ['hang', 'inspect', 'preview', 'estimate']);
    });

    it('lets a superseded question finish when it is quick', async (t) => {
      const { images, named } = configs(t);
      const assistant = open(t);
      const old = assistant.preview(named('hang'), question);
      const fresh = assistant.preview(named('fresh'), question);
      await assert.rejects(old, SupersededError);
      writeFileSync(path.join(images, 'go'), '');
      assert.equal(words(await fresh)[3], '2', 'the same process drew both');
    });

    it('ends the process of a superseded question that is slow', async (t) => {
      const { named } = configs(t);
      const assistant = open(t, { patienceMs: 1 });
      const before = words(await assistant.preview(named('a'), question))[2];
      const old = assistant.preview(named('hang'), question);
      const fresh = assistant.preview(named('fresh'), question);
      await assert.rejects(old, SupersededError);
      const [name, , pid] = words(await fresh);
      assert.equal(name, 'fresh');
      assert.notEqual(pid, before);
    });

    it('survives the death of its process, in a question and between two', async (t) => {
      const { named } = configs(t);
      const assistant = open(t);
      const crash = assistant.preview(named('crash'), question);
      await assert.rejects(crash, (error) => error instanceof TrainerError && error.kind === 'crash');
      const pid = Number(words(await assistant.preview(named('a'), question))[2]);
      process.kill(pid, 'SIGKILL');
      const [name, , next] = words(await assistant.preview(named('b'), question));
      assert.equal(name, 'b');
      assert.notEqual(Number(next), pid);
    });

    it('ends the process when nobody asks, and starts another at the next question', async (t) => {
      const { named } = configs(t);
      const assistant = open(t, { idleMs: 1 });
      const pid = words(await assistant.preview(named('a'), question))[2];
      while (assistant.pid !== undefined) await setImmediate();
      assert.notEqual(words(await assistant.preview(named('a'), question))[2], pid);
    });

    it('refuses questions after its end, and leaves none unanswered', async (t) => {
      const { named } = configs(t);
      const assistant = open(t);
      const running = assert.rejects(assistant.preview(named('hang'), question), SupersededError);
      const waiting = assert.rejects(assistant.inspect(named('a')), SupersededError);
      await assistant.dispose();
      await Promise.all([running, waiting]);
      assert.equal(assistant.pid, undefined);
      await assert.rejects(assistant.preview(named('a'), question), SupersededError);
    });
  });
}
