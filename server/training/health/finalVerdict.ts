import type { Result, Variant, Verdict } from '../../protocol/run.ts';
import { type Comparison, compareWithRawInput } from './verdict.ts';

/**
 * The verdict at the end of a run. While it trained, it was judged by a quick probe on some of the samples; the
 * final evaluation knows better: the offline linear probe with all labels and with the fewest labels that were
 * asked for, each beside the raw input. They do not unsay a collapse or a divergence, and without them the last verdict
 * stays.
 */
export function finalVerdict(last: Verdict | undefined, results: readonly Result[]): Verdict | undefined {
  const broken = last && last.state !== 'healthy' && last.state !== 'notBeatingRawInput' && last.cause;
  if (broken) return last;
  const probes = results.filter(({ metric, split }) => metric === 'linearProbe' && split === 'test');
  const linearProbe = compare(probes.filter(({ labelsPerClass }) => labelsPerClass === 'all'));
  const fewest = Math.min(
    ...probes.map(({ labelsPerClass }) =>
      labelsPerClass === 'all' ? Number.POSITIVE_INFINITY : labelsPerClass,
    ),
  );
  const few = compare(probes.filter(({ labelsPerClass }) => labelsPerClass === fewest));
  const compared = compareWithRawInput(
    { ...(linearProbe && { linearProbe }), ...(few && { fewLabels: { ...few, labelsPerClass: fewest } }) },
    last?.spread,
  );
  return compared ?? last;
}

/** The pretrained encoder beside the controls, when the raw input is among them. */
function compare(results: readonly Result[]): Comparison | undefined {
  const value = (wanted: Variant) => results.find(({ variant }) => variant === wanted)?.value;
  const [pretrained, rawInput, randomEncoder] = [
    value('pretrained'),
    value('rawInput'),
    value('randomEncoder'),
  ];
  if (pretrained === undefined || rawInput === undefined) return undefined;
  return { pretrained, rawInput, ...(randomEncoder !== undefined && { randomEncoder }) };
}
