import * as z from 'zod';
import { switchedOn, viewsSchema } from '../../views/recipe.ts';
import { budgets, drawsKey, fineTuneKeys, headKey, modeKeys, taskTag } from './shared.ts';

export const classificationSchema = z
  .strictObject({
    task: taskTag('classification')
      .optional()
      .transform((): 'classification' => 'classification')
      .meta({ defaultText: '`classification`' }),
    ...modeKeys,
    ...headKey,
    labelsPerClass: budgets(
      'Label budgets to compare: numbers of labelled samples per class, or all.',
      'labels per class',
    ),
    ...drawsKey,
    ...fineTuneKeys,
    views: (viewsSchema as z.ZodType<Record<string, unknown>, Record<string, unknown>>)
      .transform(switchedOn)
      .meta({
        description:
          'How the labelled samples are changed while fine-tuning, as in `pretext.views`; `{}` shows them as they are. What the pretext task hides for its own sake may hide the class as well: then say less here.',
        defaultText: 'what the pretext task sees: its views, or the samples as they are',
      })
      .optional(),
  })
  .meta({ title: 'classification', description: 'Tells the class of a sample.' });

export type ClassificationConfig = z.output<typeof classificationSchema>;
