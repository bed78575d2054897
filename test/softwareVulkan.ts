import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = '/usr/lib/chromium';
const driver = `${folder}/vk_swiftshader_icd.json`;

/** Environment in which WebGPU computes in software (the Vulkan of Debian's chromium); undefined where it is missing. */
export function softwareVulkan(): NodeJS.ProcessEnv | undefined {
  if (!existsSync(driver)) return undefined;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return { ...env, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: folder, SELFSUP_SOFTWARE_VULKAN: '1' };
}

/**
 * Runs the tests that `define` declares in a second process of the same test file, with software Vulkan: the driver's
 * libraries are found through the environment that a process starts with.
 */
export function withSoftwareVulkan(file: string, define: () => void): void {
  if (process.env.SELFSUP_SOFTWARE_VULKAN === '1') {
    define();
    return;
  }
  const env = softwareVulkan();
  const skip = env === undefined ? `${driver} is missing: install Debian's chromium` : false;
  test('on WebGPU with software Vulkan, in a process of its own', { skip }, () => {
    const args = ['--enable-source-maps', '--test-reporter=spec', fileURLToPath(file)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env: env! });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}
