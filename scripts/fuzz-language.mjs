// `node scripts/fuzz-language.mjs [edits] [seed]`: types at random into the example configs through the language
// features, far longer than the tests do, and prints the latencies of completions.
import { root, run } from './setup.mjs';

const [edits = '10000', seed = '1'] = process.argv.slice(2);
process.env.FUZZ_EDITS = edits;
process.env.FUZZ_SEED = seed;
process.exit(run(process.execPath, [`${root}scripts/test.mjs`, `${root}test/unit/language/fuzz.test.ts`]));
