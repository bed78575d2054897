import * as z from 'zod';
import { budgets, drawsKey, fineTuneKeys, headKey, modeKeys, taskTag } from './shared.ts';

export const regressionSchema = z
  .strictObject({
    task: taskTag('regression'),
    target: z.string().min(1).meta({
      description: 'The numeric column of the table that is told; it is never shown to the encoder.',
      expected: 'the name of a column',
    }),
    ...modeKeys,
    ...headKey,
    rows: budgets('Label budgets to compare: numbers of labelled rows, or all.', 'labelled rows'),
    ...drawsKey,
    ...fineTuneKeys,
  })
  .meta({ title: 'regression', description: 'Tells a number of each row of a table.' });

export type RegressionConfig = z.output<typeof regressionSchema>;
