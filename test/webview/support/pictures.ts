import sharp from 'sharp';

/** Pictures that stand for previews and thumbnails: blobs on tiles, different for each number. */
export function simulatedPicture(seed: number, columns = 8, rows = 3, tile = 28): Promise<Buffer> {
  const gap = columns * rows === 1 ? 0 : 2;
  const width = columns * (tile + gap) + gap;
  const height = rows * (tile + gap) + gap;
  const pixels = Buffer.alloc(width * height, 128);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const angle = (columns === 1 ? seed : column) * 1.7 + (row === 2 ? seed / 400 : 0);
      for (let y = 0; y < tile; y++) {
        for (let x = 0; x < tile; x++) {
          const u = (x / tile - 0.5) * Math.cos(angle) + (y / tile - 0.5) * Math.sin(angle);
          const v = (y / tile - 0.5) * Math.cos(angle) - (x / tile - 0.5) * Math.sin(angle);
          const stroke = Math.exp(-((u * 2.2) ** 2 + (v * (5 + column)) ** 2) * 4);
          const masked = row === 1 && (Math.floor(x / 7) * 3 + Math.floor(y / 7) * 5 + column) % 3 !== 0;
          const blur = row === 2 ? Math.min(1, seed / 200) : 1;
          const value = masked ? 90 : 255 * stroke * blur;
          pixels[(row * (tile + gap) + gap + y) * width + column * (tile + gap) + gap + x] = value;
        }
      }
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}
