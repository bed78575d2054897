import { version } from '../version.ts';
import { exitCodes, type Io } from './io.ts';
import { styleFor } from './style.ts';
import { table } from './table.ts';
import { withTrainer } from './withTrainer.ts';

/** `selfsup doctor`: which devices work here, and what the others need. */
export function doctor({ json = false }: { json?: boolean }, io: Io): Promise<number> {
  return withTrainer(io, async (trainer) => {
    const { devices, notes } = await trainer.run({ task: 'doctor' });
    const about = {
      selfsup: version(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
    };
    const works = devices.some(({ available }) => available);
    if (json) {
      io.out(`${JSON.stringify({ ...about, devices, notes }, null, 2)}\n`);
      return works ? exitCodes.done : exitCodes.failed;
    }
    const style = styleFor(io);
    io.out(`Selfsup ${about.selfsup}, Node ${about.node}, ${about.platform}\n\n`);
    const rows = devices.map(({ device, available, detail, probeMs }) => [
      device,
      available ? style.green('works') : style.yellow('no'),
      probeMs === undefined ? '' : `${probeMs.toFixed(1)} ms`,
      detail,
    ]);
    io.out(table(style, ['device', 'works', 'probe', 'detail'], rows, [2]));
    for (const note of notes) io.out(`\n${note}\n`);
    if (!works) io.err(`${style.red('No device works on this machine.')}\n`);
    return works ? exitCodes.done : exitCodes.failed;
  });
}
