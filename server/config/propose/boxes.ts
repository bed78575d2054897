import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DataFacts } from '../../protocol/trainer.ts';
import { readHead } from '../fileHeads.ts';
import { testName } from './names.ts';

/** Names of folders that hold annotations beside, or in, the pictures. */
const annotationFolders = ['.', 'annotations', 'Annotations', 'boxes', 'labels'];
/** At most this many files of a folder are looked into. */
const mostLooked = 50;

/**
 * The boxes that belong to a folder of pictures: a COCO file or a folder of Pascal VOC files, in it or beside it. Of
 * several the one named like the folder; a file for testing does not belong to pictures for training.
 */
export function findBoxes(pictures: string): string | undefined {
  const base = path.basename(pictures).toLowerCase();
  const places = [pictures, path.dirname(pictures)].flatMap((above) =>
    annotationFolders.map((name) => path.join(above, name)),
  );
  const found = [...new Set(places)].filter(isFolder).flatMap(boxesIn);
  const fitting = found.filter((file) => testName.test(path.basename(file)) === testName.test(base));
  return fitting.find((file) => path.basename(file).toLowerCase().includes(base)) ?? fitting[0];
}

function isFolder(place: string): boolean {
  return existsSync(place) && statSync(place).isDirectory();
}

/** COCO files of a folder, and the folder itself or those in it that hold Pascal VOC files. */
function boxesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => path.join(folder, name));
  const coco = files
    .filter((file) => /\.json$/i.test(file))
    .slice(0, mostLooked)
    .filter(isCoco);
  const holdsVoc = files
    .filter((file) => /\.xml$/i.test(file))
    .slice(0, 3)
    .some(isVoc);
  const inner = /annotations$/i.test(folder)
    ? entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => boxesIn(path.join(folder, name)))
    : [];
  return [...coco, ...(holdsVoc ? [folder] : []), ...inner];
}

function isCoco(file: string): boolean {
  const head = headOf(file);
  return /^\s*\{/.test(head) && /"(images|annotations|categories)"\s*:\s*\[/.test(head);
}

function isVoc(file: string): boolean {
  return headOf(file).includes('<annotation');
}

function headOf(file: string): string {
  try {
    return readHead(file).toString('utf8');
  } catch {
    return ''; // who opens it says why
  }
}

/** A task for the boxes; `opened` tells how many images are annotated. */
export function detectionLine(opened: DataFacts | undefined): string {
  const annotated = opened?.boxes?.train ?? Number.POSITIVE_INFINITY;
  const budgets = [...[50, 200].filter((budget) => budget < annotated), 'all'];
  return `  - { task: detection, images: [${budgets.join(', ')}] } # objects, with and without pretraining`;
}
