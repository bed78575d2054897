import type { Io } from './io.ts';

/** Colours and symbols as this terminal can show them. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  readonly plusMinus: string;
  readonly dot: string;
  /** `fraction` of `width` cells, eighths of a cell where the terminal has them. */
  bar(fraction: number, width: number): string;
}

export function styleFor({ color, unicode }: Pick<Io, 'color' | 'unicode'>): Style {
  const wrap = (open: number, close: number) => (text: string) =>
    color && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    red: wrap(31, 39),
    plusMinus: unicode ? '±' : '+-',
    dot: unicode ? '·' : '-',
    bar: unicode ? unicodeBar : asciiBar,
  };
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function unicodeBar(fraction: number, width: number): string {
  const filled = Math.round(clamp(fraction) * width * 8);
  const bar = '█'.repeat(Math.floor(filled / 8)) + (eighths[filled % 8] ?? '');
  return bar.padEnd(width, '░');
}

function asciiBar(fraction: number, width: number): string {
  return `[${'#'.repeat(Math.round(clamp(fraction) * (width - 2))).padEnd(width - 2, '.')}]`;
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction || 0));
