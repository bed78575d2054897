import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { randomAt } from '../../server/random.ts';

interface Placed {
  readonly category: 'bar' | 'square';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Writes grey pictures of 24 x 32 pixels, each with one bright object on noise, a bar or a square, and their boxes as
 * COCO and as Pascal VOC.
 */
export async function writeScenes(
  folder: string,
  count: number,
): Promise<{ images: string; coco: string; voc: string }> {
  const [height, width] = [24, 32];
  const images = path.join(folder, 'images');
  const voc = path.join(folder, 'Annotations');
  for (const each of [images, voc]) mkdirSync(each, { recursive: true });
  const placed: Placed[] = [];
  for (let i = 0; i < count; i++) {
    const random = randomAt(11, 'scene', i);
    const category = i % 2 === 0 ? 'bar' : 'square';
    const [w, h] = category === 'bar' ? [14, 5] : [9, 9];
    const object = {
      category,
      x: random.integer(width - w),
      y: random.integer(height - h),
      width: w,
      height: h,
    } as const;
    placed.push(object);
    const pixels = Uint8Array.from({ length: height * width }, (_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      const inside = x >= object.x && x < object.x + w && y >= object.y && y < object.y + h;
      return (inside ? 190 : 60) + random.integer(40);
    });
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(path.join(images, `${i}.png`));
    writeFileSync(path.join(voc, `${i}.xml`), vocText(`${i}.png`, object));
  }
  const coco = path.join(folder, 'boxes.json');
  writeFileSync(coco, JSON.stringify(cocoOf(placed, height, width)));
  return { images, coco, voc };
}

function cocoOf(placed: readonly Placed[], height: number, width: number) {
  return {
    images: placed.map((_, id) => ({ id, file_name: `${id}.png`, height, width })),
    annotations: placed.map(({ category, x, y, width, height }, id) => ({
      id: id + 1,
      image_id: id,
      category_id: category === 'bar' ? 1 : 2,
      bbox: [x, y, width, height],
      area: width * height,
      iscrowd: 0,
    })),
    categories: [
      { id: 1, name: 'bar' },
      { id: 2, name: 'square' },
    ],
  };
}

function vocText(file: string, { category, x, y, width, height }: Placed): string {
  const corners = `<xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + width}</xmax><ymax>${y + height}</ymax>`;
  return `<annotation><filename>${file}</filename><object><name>${category}</name><difficult>0</difficult><bndbox>${corners}</bndbox></object></annotation>`;
}
