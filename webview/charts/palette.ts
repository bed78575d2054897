import { h } from '../dom.ts';

/** Colours and dash patterns of lines: told apart by both, so that neither is needed alone. */

export const colourNames = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'] as const;

const dashes: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [5, 2],
  [12, 4, 2, 4, 2, 4],
];

export function dashOf(index: number): readonly number[] {
  return dashes[index % dashes.length]!;
}

/** The theme's colours as a canvas needs them: resolved. */
export interface Theme {
  readonly lines: readonly string[];
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly background: string;
  readonly mark: string;
  readonly font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const colour = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  const probe = h('i', { hidden: true });
  document.body.append(probe);
  const colourOf = (className: string): string => {
    probe.className = className;
    return getComputedStyle(probe).color;
  };
  const lines = colourNames.map((_, index) => colourOf(`colour-${index}`));
  const grid = colourOf('grid-colour');
  probe.remove();
  return {
    lines,
    foreground: colour('--vscode-foreground'),
    muted: colour('--vscode-descriptionForeground'),
    grid,
    background: colour('--vscode-editor-background'),
    mark: colour('--vscode-descriptionForeground'),
    font: `11px ${style.fontFamily}`,
  };
}

/** Calls back when the editor's colours change: it rewrites the root's variables and the body's classes. */
export function onThemeChange(change: () => void): void {
  const observer = new MutationObserver(change);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-id'],
  });
}
