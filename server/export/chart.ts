/**
 * Small SVG charts for the report: plain text files that every Markdown viewer draws, light or dark, with the
 * numbers in a table beside them for those who cannot see the picture.
 */
export interface Series {
  readonly name: string;
  /** Sorted by x; values that are not finite are left out. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly error?: number }[];
  /** Drawn dashed: a baseline rather than a measurement of this run. */
  readonly dashed?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A logarithmic x axis with these ticks instead of linear ones. */
  readonly logTicks?: readonly { readonly at: number; readonly name: string }[];
  /** y as percent. */
  readonly percent?: boolean;
}

const width = 680;
const height = 320;
const margin = { left: 64, right: 204, top: 36, bottom: 48 };
// Okabe & Ito 2008: distinguishable with every common form of colour blindness.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** About `count` round numbers that span [low, high]. */
export function ticks(low: number, high: number, count = 5): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first) + 1 }, (_, i) => (first + i) * step);
}

function label(value: number, percent: boolean): string {
  if (percent) return `${+(value * 100).toFixed(1)} %`;
  return Math.abs(value) >= 10000 ? value.toExponential(1) : String(+value.toPrecision(4));
}

/** A line chart with optional error bars, as a complete SVG document. */
export function lineChart(series: readonly Series[], options: ChartOptions): string {
  const all = series.flatMap((s) => s.points).filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
  const percent = options.percent ?? false;
  const { logTicks } = options;
  const along = (x: number) => (logTicks ? Math.log(x) : x);
  const xs = logTicks ? [logTicks[0]!.at / 1.3, logTicks.at(-1)!.at * 1.3].map(along) : all.map((p) => p.x);
  const ys = all.flatMap((p) => [p.y - (p.error ?? 0), p.y + (p.error ?? 0)]);
  const [x0, x1] = range(xs);
  const [y0, y1] = range(ys, 0.06);
  const px = (x: number) =>
    margin.left + ((along(x) - x0) / (x1 - x0)) * (width - margin.left - margin.right);
  const py = (y: number) =>
    height - margin.bottom - ((y - y0) / (y1 - y0)) * (height - margin.top - margin.bottom);
  const bottom = height - margin.bottom;
  const parts: string[] = [];

  for (const tick of ticks(y0, y1)) {
    const y = py(tick).toFixed(1);
    parts.push(`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y}" y2="${y}"/>`);
    parts.push(
      `<text x="${margin.left - 8}" y="${y}" dy=".32em" text-anchor="end">${label(tick, percent)}</text>`,
    );
  }
  const xTicks = logTicks ?? ticks(x0, x1).map((t) => ({ at: t, name: label(t, false) }));
  for (const { at, name } of xTicks)
    parts.push(
      `<text x="${px(at).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${escapeXml(name)}</text>`,
    );

  series.forEach((s, index) => {
    const colour = colours[index % colours.length]!;
    const points = s.points.filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
    const path = points.map((p, i) => `${i ? 'L' : 'M'}${px(p.x).toFixed(1)} ${py(p.y).toFixed(1)}`).join('');
    parts.push(
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${s.dashed ? ' stroke-dasharray="6 4"' : ''}/>`,
    );
    for (const p of points.length <= 40 ? points : []) {
      const x = px(p.x).toFixed(1);
      parts.push(`<circle cx="${x}" cy="${py(p.y).toFixed(1)}" r="3" fill="${colour}"/>`);
      // A little apart, so that bars at the same x do not cover each other.
      const aside = (px(p.x) + (index - (series.length - 1) / 2) * 3).toFixed(1);
      if (p.error)
        parts.push(
          `<line x1="${aside}" x2="${aside}" y1="${py(p.y - p.error).toFixed(1)}" y2="${py(p.y + p.error).toFixed(1)}" stroke="${colour}"/>`,
        );
    }
    const y = margin.top + 8 + index * 20;
    parts.push(
      `<line x1="${width - margin.right + 12}" x2="${width - margin.right + 32}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"${s.dashed ? ' stroke-dasharray="6 4"' : ''}/>`,
    );
    parts.push(`<text x="${width - margin.right + 38}" y="${y}" dy=".32em">${escapeXml(s.name)}</text>`);
  });

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(options.title)}">
<style>text{font:12px system-ui,sans-serif;fill:#444}.title{font-size:14px;font-weight:600}.grid{stroke:#8884}svg{background:#fff}</style>
<text class="title" x="${margin.left}" y="20">${escapeXml(options.title)}</text>
<text x="${(margin.left + width - margin.right) / 2}" y="${height - 8}" text-anchor="middle">${escapeXml(options.xLabel)}</text>
<text transform="translate(14 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeXml(options.yLabel)}</text>
${parts.join('\n')}
</svg>
`;
}

/** Smallest and largest value, widened by a share of the span and never empty. */
function range(values: readonly number[], pad = 0): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const span = high - low || Math.abs(high) * 0.1 || 1;
  return high === low ? [low - span / 2, high + span / 2] : [low - span * pad, high + span * pad];
}
