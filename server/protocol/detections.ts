import { labelWords } from './measures.ts';
import { variantTitles } from './results.ts';
import { type Result, type Variant, variants } from './run.ts';

/** A picture of found objects, with what stands below it. */
export interface DetectionPicture {
  /** Below the run folder, with slashes. */
  readonly file: string;
  /** "pretrained, 200 annotated images" */
  readonly title: string;
}

/** What the rows of the pictures show, for readers and for those who do not see them. */
export const detectionPictureWords =
  'Above what is there (grey: not counted), below what was found, with scores in percent; the same test images for all.';

/** The pictures of found objects that results name, each once: the most labels first. */
export function detectionPictures(results: readonly Result[]): DetectionPicture[] {
  const pictures = new Map<string, DetectionPicture & { labels: number; place: number }>();
  for (const { picture, variant, metric, labelsPerClass } of results) {
    if (picture === undefined) continue;
    const title = `${variantTitles[variant]}, ${labelWords(metric, labelsPerClass)}`;
    const labels = labelsPerClass === 'all' ? Number.POSITIVE_INFINITY : labelsPerClass;
    pictures.set(picture, { file: picture, title, labels, place: variants.indexOf(variant) });
  }
  return [...pictures.values()]
    .sort((a, b) => (a.labels === b.labels ? a.place - b.place : b.labels - a.labels))
    .map(({ file, title }) => ({ file, title }));
}

/** The measures of each class with the most labels, beside each other. */
export interface ClassTable {
  /** "AP50 of each class, 200 annotated images" */
  readonly title: string;
  readonly variants: readonly Variant[];
  readonly rows: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

/** AP50 of each class, from the results with the most labels; undefined where none was measured. */
export function classTable(results: readonly Result[]): ClassTable | undefined {
  const measured = results.filter(({ metric, perClass }) => metric === 'ap50' && perClass !== undefined);
  const most = measured.reduce<Result['labelsPerClass'] | undefined>((most, { labelsPerClass }) => {
    if (most === undefined || labelsPerClass === 'all') return labelsPerClass;
    return most === 'all' ? most : Math.max(most, labelsPerClass);
  }, undefined);
  if (most === undefined) return undefined;
  const columns = variants.flatMap((variant) => {
    const result = measured.findLast((each) => each.variant === variant && each.labelsPerClass === most);
    return result?.perClass === undefined ? [] : [{ variant, perClass: result.perClass }];
  });
  const names = [...new Set(columns.flatMap(({ perClass }) => Object.keys(perClass)))];
  return {
    title: `AP50 of each class, ${labelWords('ap50', most)}`,
    variants: columns.map(({ variant }) => variant),
    rows: names.map((name) => ({ name, values: columns.map(({ perClass }) => perClass[name]) })),
  };
}
