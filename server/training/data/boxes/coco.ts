import type { SkippedSample } from '../dataset.ts';
import { DataError } from '../errors.ts';
import { JsonShapeError, jsonElements } from './jsonElements.ts';
import { boxFrom, type WrittenBox, type WrittenBoxes, type WrittenPicture } from './written.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads boxes from a COCO file (https://cocodataset.org/#format-data): `images`, `annotations` with `bbox` [x, y,
 * width, height], `categories`. Segmentations and keypoints are passed over. Entries that cannot be used are skipped.
 * @throws DataError where the file is no such thing.
 */
export async function readCoco(file: string, key: readonly string[]): Promise<WrittenBoxes> {
  const reader = new CocoReader(file, key);
  try {
    for await (const { list, value } of jsonElements(file)) reader.add(list, value);
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error;
    throw notCoco(file, key, error.message);
  }
  return reader.finish();
}

function notCoco(file: string, key: readonly string[], found: string): DataError {
  return new DataError({
    key,
    where: file,
    found,
    expected: 'a COCO file: an object with the lists images, annotations and categories',
    fix:
      found === 'a list'
        ? 'Name the file with the true boxes; a list of detections has no images.'
        : 'Export or copy the annotations again.',
  });
}

class CocoReader {
  readonly #lists = new Set<string>();
  readonly #images = new Map<unknown, Omit<WrittenPicture, 'boxes'> & { boxes: WrittenBox[] }>();
  readonly #categories = new Map<unknown, string>();
  /** Kept until all is read: the lists may stand in any order. */
  readonly #boxes: {
    readonly image: unknown;
    readonly category: unknown;
    readonly box: Omit<WrittenBox, 'category'>;
  }[] = [];
  readonly #skipped: SkippedSample[] = [];

  constructor(
    private readonly file: string,
    private readonly key: readonly string[],
  ) {}

  add(list: string, value: unknown): void {
    if (list !== 'images' && list !== 'annotations' && list !== 'categories') return;
    this.#lists.add(list);
    const fields = typeof value === 'object' && value !== null ? (value as Fields) : {};
    const { id } = fields;
    const name = `${{ images: 'image', annotations: 'annotation', categories: 'category' }[list]} ${id ?? '(without id)'}`;
    const problem =
      list === 'images'
        ? this.#addImage(id, fields)
        : list === 'categories'
          ? this.#addCategory(id, fields)
          : this.#addBox(name, fields);
    if (problem !== undefined) this.#skipped.push({ name, reason: problem });
  }

  finish(): WrittenBoxes {
    for (const list of ['images', 'annotations', 'categories']) {
      if (this.#lists.has(list)) continue;
      // A file may say that there is nothing on its images.
      if (list === 'annotations' && this.#images.size > 0) continue;
      throw notCoco(this.file, this.key, `no ${list}`);
    }
    for (const { image, category, box } of this.#boxes) {
      const picture = this.#images.get(image);
      const name = this.#categories.get(category);
      const unknown =
        picture === undefined
          ? `image ${image} is not`
          : name === undefined
            ? `category ${category} is not`
            : '';
      if (picture === undefined || name === undefined)
        this.#skipped.push({ name: box.name, reason: `${unknown} in the file` });
      else picture.boxes.push({ ...box, category: name });
    }
    const byId = [...this.#categories].sort(([a], [b]) => Number(a) - Number(b));
    return {
      format: 'COCO',
      categories: [...new Set(byId.map(([, name]) => name))],
      pictures: [...this.#images.values()],
      skipped: this.#skipped,
    };
  }

  #addImage(id: unknown, { file_name: file, height, width }: Fields): string | undefined {
    if (id === undefined || typeof file !== 'string') return 'it has no id or no file_name';
    if (this.#images.has(id)) return 'its id is used twice';
    const known = isLength(height) && isLength(width);
    this.#images.set(id, { file, ...(known && { size: { height, width } }), boxes: [] });
    return undefined;
  }

  #addCategory(id: unknown, { name }: Fields): string | undefined {
    if (id === undefined || typeof name !== 'string') return 'it has no id or no name';
    if (this.#categories.has(id)) return 'its id is used twice';
    this.#categories.set(id, name);
    return undefined;
  }

  #addBox(name: string, fields: Fields): string | undefined {
    const { image_id: image, category_id: category, bbox, iscrowd, area } = fields;
    const box = boxFrom(Array.isArray(bbox) ? bbox : []);
    if (typeof box === 'string') return box;
    const flag = iscrowd === 1 || iscrowd === true ? ({ flag: 'crowd' } as const) : {};
    const own = typeof area === 'number' && area > 0 ? { area } : {};
    this.#boxes.push({ image, category, box: { ...box, ...flag, ...own, name } });
    return undefined;
  }
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}
