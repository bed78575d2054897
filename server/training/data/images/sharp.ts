import type Sharp from 'sharp';
import { DataError } from '../errors.ts';

let loaded: typeof Sharp | undefined;

/** sharp, loaded when the first picture file is met: other data does not need it. */
export async function loadSharp(): Promise<typeof Sharp> {
  if (loaded !== undefined) return loaded;
  try {
    const { default: sharp } = await import('sharp');
    sharp.cache(false); // every picture is read once and then kept by us
    loaded = sharp;
    return sharp;
  } catch (error) {
    throw new DataError({
      key: ['data', 'images'],
      where: 'sharp',
      found: `no image decoder for this platform (${(error as Error).message.split('\n')[0]})`,
      expected: 'the optional packages of sharp',
      fix: 'Run npm install with optional packages, or give the images as IDX, NPY or CIFAR files.',
    });
  }
}
