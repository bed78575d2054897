import { kindOfModality } from '../config/data/registry.ts';
import type { DataFacts } from '../protocol/trainer.ts';

/** `1,797 images 8 x 8 x 1, 10 classes`, `1,000 texts of 32 tokens` */
export function shortFacts(facts: DataFacts): string {
  const { modality, count, classes, boxes } = facts;
  const samples = plural(count, ...kindOfModality(modality).words);
  return `${samples}${sizeOf(facts)}${classes === undefined ? '' : `, ${plural(classes.length, 'class', 'classes')}`}${boxes === undefined ? '' : `, ${plural(boxes.objects, 'box', 'boxes')}`}`;
}

/** How large a sample is. The columns of a row say more than the width of its encoding. */
function sizeOf({ modality, shape, columns }: DataFacts): string {
  const [first = 0, second = 0] = shape;
  if (columns !== undefined) return `, ${plural(columns.length, 'column')}`;
  if (modality === 'text') return ` of ${plural(first, 'token')}`;
  if (modality === 'audio') return ` of ${plural(first, 'band')} x ${plural(second, 'frame')}`;
  return ` ${shape.join(' x ')}`;
}

/** What was found, for a hover. */
export function describeFacts(facts: DataFacts): string {
  const { train, test, classes, boxes, skipped, notes = [] } = facts;
  return [
    `**${shortFacts(facts)}**: ${number(train)} to train, ${number(test)} to test`,
    ...(classes === undefined ? [] : [`Classes: ${listed(classes)}`]),
    ...(boxes === undefined
      ? []
      : [
          `Boxes around ${listed(boxes.categories)}, on ${number(boxes.train)} images to train and ${number(boxes.test)} to test`,
        ]),
    ...(skipped.length === 0
      ? []
      : [`Skipped: ${listed(skipped.map(({ name, reason }) => `${name} (${reason})`))}`]),
    ...notes,
  ].join('\n\n');
}

const mostListed = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).join(', ');
  return names.length > mostListed ? `${shown} and ${number(names.length - mostListed)} more` : shown;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
