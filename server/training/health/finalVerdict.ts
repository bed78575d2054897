import { efficiencyOf, whatItBought } from '../../protocol/efficiency.ts';
import type { Result, Variant, Verdict } from '../../protocol/run.ts';
import { type Comparison, compareWithRawInput, notBeating } from './verdict.ts';

/**
 * The verdict at the end of a run. While it trained, it was judged by a quick probe on some of the samples; the
 * final evaluation knows better: the offline linear probe with all labels and with the fewest labels that were
 * asked for, each beside the raw input; without classes, what regression and detection gave. They do not unsay a
 * collapse or a divergence, and without them the last verdict stays.
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
  return compared ?? withoutClasses(last, results) ?? last;
}

/**
 * Numbers and objects instead of classes: what pretraining bought there, in words. Only regression has raw input beside
 * it; it counts as beaten when the advantages over all numbers of rows add up to more than 0.
 */
function withoutClasses(last: Verdict | undefined, results: readonly Result[]): Verdict | undefined {
  const tasks = efficiencyOf(results).filter(({ metric }) => metric === 'r2' || metric === 'ap50');
  if (tasks.length === 0) return undefined;
  const advantages = tasks.flatMap(({ metric, lines }) => {
    const points = (wanted: Variant) =>
      lines.find(({ variant, fitted }) => variant === wanted && fitted === 'linearProbe')?.points ?? [];
    const raw = points('rawInput');
    return metric !== 'r2'
      ? []
      : points('pretrained').flatMap((ours, i) => (ours && raw[i] ? [ours.value - raw[i].value] : []));
  });
  const beaten = advantages.length === 0 || advantages.reduce((sum, value) => sum + value, 0) > 0;
  const spread = last?.spread;
  const sentences = [
    ...(beaten ? [] : ['It does not beat the raw input.']),
    ...tasks.map(whatItBought),
    ...(spread === undefined ? [] : [`Not collapsed (${spread}).`]),
  ];
  return {
    state: beaten ? 'healthy' : 'notBeatingRawInput',
    summary: sentences.join(' '),
    ...(beaten ? {} : notBeating),
    ...(spread !== undefined && { spread }),
  };
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
