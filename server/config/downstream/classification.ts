import * as z from 'zod';
import { budgets, drawsKey, fineTuneKeys, modeKeys, taskTag } from './shared.ts';

export const classificationSchema = z
  .strictObject({
    task: taskTag('classification')
      .optional()
      .transform((): 'classification' => 'classification')
      .meta({ defaultText: '`classification`' }),
    ...modeKeys,
    labelsPerClass: budgets(
      'Label budgets to compare: numbers of labelled samples per class, or all.',
      'labels per class',
    ),
    ...drawsKey,
    ...fineTuneKeys,
  })
  .meta({ title: 'classification', description: 'Tells the class of a sample.' });

export type ClassificationConfig = z.output<typeof classificationSchema>;
