import { openWebgpu } from './compiledEngine.ts';
import { adapterInUse } from './graphicsAdapter.ts';
import { measureSpeed, proveLosses } from './probe.ts';
import type { ProbeMessage } from './webgpuProbe.ts';

/**
 * Entry of the process that tries WebGPU: a driver that ends the process ends this one. Sends one message when the
 * losses are known and one when the speed is, or one with what went wrong.
 */
async function main(): Promise<void> {
  const send = (message: ProbeMessage): Promise<void> =>
    new Promise((resolve) => process.send!(message, () => resolve()));
  try {
    const engine = await openWebgpu();
    const proof = await proveLosses(engine);
    await send({ kind: 'proof', proof, adapter: adapterInUse() });
    if (process.argv.includes('--speed'))
      await send({ kind: 'speed', milliseconds: await measureSpeed(engine) });
  } catch (error) {
    await send({ kind: 'failed', reason: (error as Error).message });
  }
  process.exit(0); // without waiting for the driver's threads
}

await main();
