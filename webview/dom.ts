/** Plain DOM, a little shorter. Never sets a style attribute: the Content-Security-Policy forbids it. */

export type Child = Node | string | null | undefined | false;

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with attributes (`true` is an empty attribute, `false` and `undefined` none) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...present(children));
  return element;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** The same for the elements of a drawing. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(svgNamespace, tag);
  setAttributes(element, attributes);
  element.append(...present(children));
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** Writes a text only if it differs, so that updates ten times a second cost nothing where nothing happens. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setChildren(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...present(children));
}

/** A line of text that is cut with an ellipsis where it does not fit, and whole in its title. */
export function cut(text: string, className = ''): HTMLSpanElement {
  return h('span', { class: `cut ${className}`.trim(), title: text }, text);
}

/** What a pane says when it has nothing to show: what is missing and how it comes about. */
export function emptyState(title: string, hint?: string): HTMLDivElement {
  return h('div', { class: 'empty' }, h('p', { class: 'empty-title' }, title), hint && h('p', {}, hint));
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter(
    (child): child is Node | string => child instanceof Node || typeof child === 'string',
  );
}
