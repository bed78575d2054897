// Peak resident memory of reading one file of each format, small and large, each in a process of its own: of what is read
// piece by piece it must be about the same. Arguments: kinds, or none for all; --megabytes=N is the large size (default 512).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { hugeFormats } from '../test/support/hugeFiles.ts';

const [first = '', file = ''] = process.argv.slice(2);
if (first.startsWith('--read=')) {
  const before = process.resourceUsage().maxRSS;
  const count = await hugeFormats[first.slice(7)]!.read(file);
  console.log(JSON.stringify({ count, before, peak: process.resourceUsage().maxRSS }));
  process.exit(0);
}

const asked = process.argv.slice(2);
const large = Number(asked.find((argument) => argument.startsWith('--megabytes='))?.slice(12) ?? 512);
const kinds = asked.filter((argument) => argument in hugeFormats);
for (const kind of kinds.length === 0 ? Object.keys(hugeFormats) : kinds) {
  const cells = [];
  for (const megabytes of [large / 16, large])
    cells.push(`${megabytes} MB: ${await measure(kind, megabytes)}`);
  console.log(`${kind.padEnd(10)} ${cells.join('   ')}`);
}

/** Peak above what the process takes before it reads. */
async function measure(kind: string, megabytes: number): Promise<string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'selfsup-format-'));
  try {
    const format = hugeFormats[kind]!;
    const huge = path.join(folder, `huge${format.extension}`);
    await format.write(huge, megabytes * 2 ** 20);
    const child = spawnSync(process.execPath, [process.argv[1]!, `--read=${kind}`, huge], {
      encoding: 'utf8',
      env: { ...process.env, TMPDIR: folder }, // what is unpacked goes there
    });
    if (child.status !== 0)
      return child.stderr.split('\n').find((line) => line.includes('Error')) ?? 'failed';
    const { count, before, peak } = JSON.parse(child.stdout) as Record<'count' | 'before' | 'peak', number>;
    return `+${Math.round((peak - before) / 1024)} MB (${count.toLocaleString('en')} read)`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
