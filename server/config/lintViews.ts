import type { Modality } from '../protocol/data.ts';
import { transforms } from '../views/registry.ts';
import { methodOf } from './choices.ts';
import { kindOf } from './data/registry.ts';
import type { ClassificationConfig } from './downstream/tasks.ts';
import type { Findings } from './findings.ts';
import type { Config } from './schema.ts';
import { closest } from './suggest.ts';
import { formatValue, listWords } from './words.ts';

/** Whether `pretext.views` has an effect and fits the kind of data. */
export function lintViews(config: Config, findings: Findings): void {
  const { method, views } = methodOf(config);
  if (method.views === undefined || !findings.given('pretext', 'views')) return;
  const { modality, words } = kindOf(config.data);
  if (modality === 'table') {
    findings.noEffect(['pretext', 'views'], 'rows of a table are changed by pretext.corruption');
    return;
  }
  for (const name of Object.keys(views as object))
    lintView(['pretext', 'views', name], modality, words[1], findings);
  if (Object.keys(views as object).length > 0) return;
  findings.warn(['pretext', 'views'], {
    code: 'conflict',
    message: `${method.name} is given no views`,
    found: 'every view is off: the list replaces the one of the method',
    expected: `augmentations such as ${formatValue(method.views[modality] ?? {})}`,
    fix: 'name the views you want, or remove `views` for those of the method',
    solve: [{ remove: ['pretext', 'views'] }],
  });
}

/** Views that other kinds of data have taken for this one. */
const inPlaceOf: Readonly<Record<string, string>> = {
  shift: 'timeShift',
  cutout: 'timeMask',
  colorJitter: 'gain',
};

/** Whether the views of fine-tuning have an effect and fit the kind of data. */
export function lintFineTuningViews(
  { data }: Config,
  { mode, views }: ClassificationConfig,
  at: readonly (string | number)[],
  findings: Findings,
): void {
  if (views === undefined) return;
  const { modality, words } = kindOf(data);
  if (mode === 'linear') findings.noEffect(at, 'mode linear learns from features of the samples as they are');
  else for (const name of Object.keys(views)) lintView([...at, name], modality, words[1], findings);
}

/** Turning a spectrogram upside down means nothing. */
function lintView(
  at: readonly (string | number)[],
  modality: Modality,
  many: string,
  findings: Findings,
): void {
  const name = String(at.at(-1));
  const fits = (each: { readonly modalities: readonly Modality[] }): boolean =>
    each.modalities.includes(modality);
  const transform = transforms.find((each) => each.name === name);
  if (transform === undefined || fits(transform)) return;
  const others = transforms.filter(fits).map((each) => each.name);
  const near = [inPlaceOf[name], closest(name, others)].find(
    (each) => each !== undefined && others.includes(each),
  );
  findings.error(at, {
    code: 'conflict',
    message: `the view ${name} is not for ${many}`,
    found: `${name}, which is for ${listWords(transform.modalities, 'and')} data`,
    expected: others.length > 0 ? `one of ${others.join(', ')}` : `no views: there are none for ${many}`,
    fix: near === undefined ? 'remove it' : `did you mean ${near}?`,
    solve: [...(near === undefined ? [] : [{ rename: at, to: near }]), { remove: at }],
  });
}
