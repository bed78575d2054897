// `npm start`: from a fresh clone to a pretrained, judged and fine-tuned encoder on bundled real data.
import { run, setup } from './setup.mjs';

setup();
const { buildServer } = await import('./build.mjs');
await buildServer();
process.exit(run(process.execPath, ['bin/selfsup.mjs', 'train', 'examples/images/fashion.selfsup.yaml']));
