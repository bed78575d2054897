import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DeviceName } from '../../../server/protocol/device.ts';
import { DeviceError, openEngine, provedWebgpu } from '../../../server/training/engine/devices.ts';
import { doctorReport } from '../../../server/training/engine/doctor.ts';
import { openReference } from '../../../server/training/engine/eager.ts';
import { adapterFrom, hasGraphicsCard } from '../../../server/training/engine/graphicsAdapter.ts';
import { difference, proveLosses } from '../../../server/training/engine/probe.ts';
import { findTensorflow } from '../../../server/training/engine/tensorflow.ts';
import { probeWebgpu } from '../../../server/training/engine/webgpuProbe.ts';
import { withSoftwareVulkan } from '../../softwareVulkan.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const isDeviceError = (device: DeviceName, message: RegExp) => (error: unknown) =>
  error instanceof DeviceError && error.device === device && message.test(error.message);

withSoftwareVulkan(import.meta.url, () => {
  test('webgpu is proved in a process of its own and says that its adapter is software', async () => {
    const { engine, reason } = await openEngine({ device: 'webgpu' });
    assert.equal(engine.description, 'ONNX Runtime WebGPU on SwiftShader');
    if (!hasGraphicsCard()) assert.match(reason, /Its adapter is software, which is slower than cpu/);
    await engine.dispose();
  });

  test('doctor reports every device', async () => {
    const reports = await doctorReport();
    assert.deepEqual(
      reports.map(({ device, available }) => [device, available]),
      [
        ['cpu', true],
        ['webgpu', true],
        ['cuda', false],
        ['tensorflow', findTensorflow() !== undefined],
        ['reference', true],
      ],
    );
    for (const { available, detail, probeMs } of reports) {
      assert.ok(detail.length > 10);
      assert.equal(probeMs !== undefined, available);
    }
    assert.match(reports[1]!.detail, /SwiftShader/);
  });
});

if (process.env.SELFSUP_SOFTWARE_VULKAN !== '1') {
  test('auto takes the CPU where there is no graphics card, and says so', {
    skip: hasGraphicsCard() && 'there is one',
  }, async () => {
    const { engine, reason, probeMs } = await openEngine({ device: 'auto', threads: 1 });
    assert.equal(engine.device, 'cpu');
    assert.equal(engine.description, 'ONNX Runtime on the CPU, 1 thread');
    assert.equal(reason, 'cpu, because this machine shows no graphics card.');
    assert.ok(probeMs > 0);
    await engine.dispose();
  });

  test('a device asked for by name is that device or an error', async () => {
    for (const device of ['cpu', 'reference'] as const) {
      const { engine, reason } = await openEngine({ device });
      assert.equal(engine.device, device);
      assert.match(reason, /^As configured/);
    }
    await assert.rejects(openEngine({ device: 'cuda' }), isDeviceError('cuda', /not built yet.*Use/));
  });

  test('webgpu without a driver is an error with the fix', async () => {
    const before = process.env.VK_ICD_FILENAMES;
    process.env.VK_ICD_FILENAMES = '/nowhere.json'; // the probing process inherits it
    try {
      await assert.rejects(
        openEngine({ device: 'webgpu' }),
        isDeviceError(
          'webgpu',
          /does not work here: no graphics adapter was found\. .*Fix: install the driver/,
        ),
      );
    } finally {
      if (before === undefined) delete process.env.VK_ICD_FILENAMES;
      else process.env.VK_ICD_FILENAMES = before;
    }
  });

  test('a driver that ends its process ends the probe, not the training', async (t) => {
    const entry = path.join(temporaryFolder(t), 'probe.mjs');
    writeFileSync(entry, 'process.abort();');
    assert.match(
      (await probeWebgpu({ speed: false }, entry)).failure!,
      /the driver ended the process \(SIGABRT\)/,
    );
    writeFileSync(entry, "process.send({ kind: 'failed', reason: 'No adapter.\\nmore' });");
    assert.deepEqual(await probeWebgpu({ speed: false }, entry), { failure: 'No adapter' });
    writeFileSync(entry, '');
    assert.deepEqual(await probeWebgpu({ speed: false }, entry), { failure: 'its probe said nothing' });
  });

  test('a device that computes other losses than the reference is refused', async () => {
    const { losses, milliseconds } = await proveLosses(await openReference());
    assert.equal(losses.length, 6);
    assert.equal(difference(losses, losses), undefined);
    assert.equal(
      difference(
        losses.map((loss) => loss * (1 + 5e-5)),
        losses,
      ),
      undefined,
    );
    assert.match(
      difference(
        losses.map((loss) => loss + 1e-3),
        losses,
      )!,
      /training steps give .* where the reference gives/,
    );
    assert.match(
      difference(
        losses.map(() => Number.NaN),
        losses,
      )!,
      /give NaN/,
    );
    assert.match(difference(losses.slice(1), losses)!, /give/);
    const wrong = { losses: losses.map((loss) => loss * 2), milliseconds };
    await assert.rejects(
      provedWebgpu({ proof: wrong }),
      isDeviceError('webgpu', /computes wrongly.*Update the graphics driver/),
    );
  });

  test('the adapter is told by the driver libraries that are loaded', () => {
    const radeon = '7f0 /usr/lib/x86_64-linux-gnu/libvulkan_radeon.so\n';
    const llvmpipe = '7f1 /usr/lib/x86_64-linux-gnu/libvulkan_lvp.so\n';
    assert.deepEqual(adapterFrom(radeon + llvmpipe, true), { name: 'AMD', software: false });
    assert.deepEqual(adapterFrom(radeon + llvmpipe, false), { name: 'llvmpipe', software: true });
    assert.deepEqual(adapterFrom(llvmpipe, true), { name: 'llvmpipe', software: true });
    assert.deepEqual(adapterFrom('/usr/lib/libGLX_nvidia.so.0', true), { name: 'NVIDIA', software: false });
    assert.deepEqual(adapterFrom('', false), { name: 'an unknown adapter', software: true });
  });
}
