import { reasonOf } from '../errors.ts';
import type { Pictures } from './openBoxes.ts';
import type { PictureSize } from './place.ts';
import type { WrittenPicture } from './written.ts';

/** Pictures whose size is compared with what the annotations say; all, once one differs. */
const compared = 256;

/** Stored sizes of the pictures whose size is not told, and of some others; of all when one of those differs. */
export async function sizesOf(
  found: ReadonlyMap<number, WrittenPicture>,
  pictures: Pictures,
): Promise<Map<number, PictureSize | Error>> {
  const sizes = new Map<number, PictureSize | Error>();
  const look = async (indices: readonly number[]): Promise<void> => {
    for (let start = 0; start < indices.length; start += 16)
      await Promise.all(
        indices.slice(start, start + 16).map(async (index) => {
          sizes.set(index, await pictures.size(index).catch(unreadable));
        }),
      );
  };
  const told = [...found].filter(([, { size }]) => size !== undefined).map(([index]) => index);
  const step = Math.max(1, told.length / compared);
  await look([...found].filter(([, { size }]) => size === undefined).map(([index]) => index));
  await look(Array.from({ length: Math.min(compared, told.length) }, (_, i) => told[Math.floor(i * step)]!));
  const differs = told.some((index) => {
    const size = sizes.get(index);
    const { height, width } = found.get(index)!.size!;
    return size !== undefined && (size instanceof Error || size.height !== height || size.width !== width);
  });
  if (differs) await look(told.filter((index) => !sizes.has(index)));
  return sizes;
}

function unreadable(error: unknown): Error {
  return new Error(`it cannot be read: ${reasonOf(error)}`);
}
