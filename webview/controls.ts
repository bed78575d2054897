import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeProgressRing,
} from '@vscode/webview-ui-toolkit';
import { h, setAttributes, setText } from './dom.ts';
import { type IconName, icon } from './icons.ts';

/**
 * Everything that the panel takes from the webview toolkit. The toolkit is no longer developed: whoever replaces it
 * replaces this file. Only what is used is registered; each component more is kilobytes more.
 *
 * Dropdowns are the platform's own `select` in VS Code's colours: the toolkit's would be a tenth of the whole
 * bundle, and screen readers and touch know this one.
 */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeBadge(),
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodePanels(),
    vsCodePanelTab(),
    vsCodePanelView(),
    vsCodeProgressRing(),
  );
}

export interface ButtonOptions {
  readonly label: string;
  /** Default: secondary. `icon` shows the icon alone; its label is then its name and title. */
  readonly appearance?: 'primary' | 'secondary' | 'icon';
  readonly icon?: IconName;
  readonly title?: string;
  readonly press: () => void;
}

export function button(options: ButtonOptions): HTMLElement {
  const { label, appearance = 'secondary', press, title } = options;
  const onlyIcon = appearance === 'icon';
  const element = document.createElement('vscode-button');
  setAttributes(element, { appearance, title: title ?? (onlyIcon ? label : undefined) });
  if (onlyIcon) element.setAttribute('aria-label', label);
  if (options.icon) {
    const drawing = icon(options.icon);
    if (!onlyIcon) drawing.setAttribute('slot', 'start');
    element.append(drawing);
  }
  if (!onlyIcon) element.append(label);
  element.addEventListener('click', press);
  return element;
}

export function setDisabled(control: HTMLElement, disabled: boolean): void {
  (control as HTMLElement & { disabled: boolean }).disabled = disabled;
}

/** A control that shows a value and can be told another one without reporting it back. */
export interface Control<Value> {
  readonly element: HTMLElement;
  set(value: Value): void;
}

export function checkbox(
  label: string,
  checked: boolean,
  change: (checked: boolean) => void,
): Control<boolean> {
  const element = document.createElement('vscode-checkbox') as HTMLElement & { checked: boolean };
  element.append(label);
  if (checked) element.setAttribute('checked', '');
  // The element also reports what it is told by `set`: only what differs from the value told last is the reader's.
  let known = checked;
  element.addEventListener('change', () => {
    if (element.checked === known) return;
    known = element.checked;
    change(known);
  });
  return {
    element,
    set: (value) => {
      known = value;
      element.checked = value;
    },
  };
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly title: string;
}

export function dropdown<Value extends string>(
  label: string,
  choices: readonly Choice<Value>[],
  chosen: Value,
  change: (value: Value) => void,
): Control<Value> & { setChoices(choices: readonly Choice<Value>[], chosen: Value): void } {
  const select = h('select', { class: 'select', 'aria-label': label });
  const setChoices = (offered: readonly Choice<Value>[], value: Value): void => {
    select.replaceChildren(...offered.map((choice) => h('option', { value: choice.value }, choice.title)));
    select.value = value;
  };
  setChoices(choices, chosen);
  select.addEventListener('change', () => change(select.value as Value));
  return {
    element: h('label', { class: 'labelled' }, h('span', {}, label), select),
    set: (value) => {
      select.value = value;
    },
    setChoices,
  };
}

/** A range with its value in words beside it. */
export function slider(
  label: string,
  range: { min: number; max: number; step: number },
  value: number,
  words: (value: number) => string,
  change: (value: number) => void,
): Control<number> {
  const input = h('input', { type: 'range', class: 'slider', 'aria-label': label, ...range });
  const output = h('span', { class: 'slider-value' });
  const show = (shown: number): void => {
    setText(output, words(shown));
    input.setAttribute('aria-valuetext', words(shown));
  };
  input.value = String(value);
  show(value);
  input.addEventListener('input', () => {
    show(input.valueAsNumber);
    change(input.valueAsNumber);
  });
  return {
    element: h('label', { class: 'labelled' }, h('span', {}, label), input, output),
    set: (next) => {
      input.value = String(next);
      show(next);
    },
  };
}

export function badge(text: string): HTMLElement {
  const element = document.createElement('vscode-badge');
  element.textContent = text;
  return element;
}

export function progressRing(label: string): HTMLElement {
  const element = document.createElement('vscode-progress-ring');
  element.setAttribute('aria-label', label);
  return element;
}

export interface TabItem<Id extends string> {
  readonly id: Id;
  readonly title: string;
  readonly view: HTMLElement;
}

/** Tabs with their views; arrow keys move between them. */
export function tabPanels<Id extends string>(
  label: string,
  items: readonly TabItem<Id>[],
  active: Id,
  change: (id: Id) => void,
): { readonly element: HTMLElement; select(id: Id): void } {
  const element = document.createElement('vscode-panels') as HTMLElement & { activeid: string };
  setAttributes(element, { 'aria-label': label, activeid: `tab-${active}`, activeindicator: 'false' });
  for (const { id, title } of items) {
    const tab = document.createElement('vscode-panel-tab');
    tab.id = `tab-${id}`;
    tab.textContent = title;
    element.append(tab);
  }
  for (const { id, view } of items) {
    const panel = document.createElement('vscode-panel-view');
    panel.id = `view-${id}`;
    panel.append(view);
    element.append(panel);
  }
  let shown = active;
  element.addEventListener('change', (event) => {
    if (event.target !== element) return; // a control inside a view
    const next = items.find(({ id }) => `tab-${id}` === element.activeid)?.id;
    if (next === undefined || next === shown) return;
    shown = next;
    change(next);
  });
  return {
    element,
    select: (id) => {
      element.activeid = `tab-${id}`;
    },
  };
}
