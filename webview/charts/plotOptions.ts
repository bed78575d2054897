import type uPlot from 'uplot';
import { formatDuration, formatNumber } from '../format.ts';
import type { Axis } from '../state.ts';
import type { Mark } from './marks.ts';
import type { Theme } from './palette.ts';

export interface PlotWishes {
  readonly theme: Theme;
  readonly axis: Axis;
  readonly log: boolean;
  readonly width: number;
  readonly value: (y: number) => string;
  readonly series: readonly {
    readonly show: boolean;
    readonly stroke: string;
    readonly faint: boolean;
    readonly dash: readonly number[];
  }[];
  readonly marks: () => readonly Mark[];
  readonly moved: (plot: uPlot) => void;
  readonly selected: (from: number, to: number) => void;
  readonly reset: () => void;
}

export const plotHeight = 190;

/** uPlot's options for a chart of ours: the theme's colours, a shared cursor, zoom by dragging, marks of changes. */
export function plotOptions(wishes: PlotWishes): uPlot.Options {
  const { theme, width, axis, log } = wishes;
  const common = {
    stroke: theme.muted,
    font: theme.font,
    grid: { stroke: theme.grid, width: 1 },
    ticks: { show: false },
  } satisfies uPlot.Axis;
  const resetZoom = (): null => {
    wishes.reset();
    return null;
  };
  return {
    width,
    height: plotHeight,
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6, width: 2, fill: theme.background },
      dataIdx: nearestPoint,
      bind: { dblclick: () => resetZoom },
    },
    scales: {
      x: { time: false },
      y: log ? { distr: 3 } : { range: (_plot, min, max) => padded(min, max) },
    },
    axes: [
      {
        ...common,
        size: 26,
        gap: 4,
        space: 60,
        values: (_plot, ticks) => ticks.map((x) => tickText(axis, x)),
      },
      {
        ...common,
        size: axisWidth,
        gap: 4,
        values: (_plot, ticks) => ticks.map((y) => (y == null ? null : wishes.value(y))),
      },
    ],
    series: [
      {},
      ...wishes.series.map(({ show, stroke, dash, faint }) => ({
        show,
        stroke,
        dash: [...dash],
        width: faint ? 1 : 1.75,
        alpha: faint ? 0.3 : 1,
        spanGaps: true,
        points: { show: faint ? false : fewPoints, size: 5, fill: stroke },
      })),
    ],
    hooks: {
      setCursor: [wishes.moved],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected > 4) wishes.selected(plot.posToVal(left, 'x'), plot.posToVal(left + selected, 'x'));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      draw: [(plot) => drawMarks(plot, wishes.marks(), theme)],
    },
  };
}

/** A value on the x axis, as a sentence begins with it. */
export function axisText(axis: Axis, x: number): string {
  return axis === 'time'
    ? `after ${formatDuration(x)}`
    : `${axis} ${formatNumber(axis === 'epoch' ? +x.toFixed(2) : x)}`;
}

function tickText(axis: Axis, x: number): string {
  if (axis !== 'time') return formatNumber(x);
  if (x < 60) return `${formatNumber(x)} s`;
  return x < 3600 ? `${formatNumber(x / 60)} min` : `${formatNumber(x / 3600)} h`;
}

/** Single points are shown where there are so few that a line would hide what was measured. */
const fewPoints: uPlot.Series.Points.Show = (plot, seriesIndex) => {
  const column = plot.data[seriesIndex]!;
  let count = 0;
  for (const y of column) if (y != null && ++count > 40) return false;
  return true;
};

/** The nearest point of a curve that has gaps, because another curve has more points than it. */
const nearestPoint: uPlot.Cursor.DataIdxRefiner = (plot, seriesIndex, closest) => {
  const column = plot.data[seriesIndex]!;
  if (seriesIndex === 0 || column[closest] != null) return closest;
  for (let distance = 1; distance < column.length; distance++) {
    if (column[closest - distance] != null) return closest - distance;
    if (column[closest + distance] != null) return closest + distance;
  }
  return null;
};

function padded(min: number, max: number): [number, number] {
  if (min == null || max == null || !Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const room = max > min ? (max - min) * 0.06 : Math.max(Math.abs(max) * 0.1, 1e-9);
  return [min - room, max + room];
}

/** As wide as its longest label. */
const axisWidth: uPlot.Axis.Size = (_plot, labels) =>
  12 + Math.max(24, ...(labels ?? []).map((label) => (label ?? '').length * 6.3));

/** Changes of a live run: a dashed line over the whole height, with a triangle on top. */
function drawMarks(plot: uPlot, marks: readonly Mark[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = theme.mark;
  ctx.fillStyle = theme.mark;
  ctx.lineWidth = pixel;
  ctx.setLineDash([3 * pixel, 3 * pixel]);
  for (const { x } of marks) {
    const left = plot.valToPos(x, 'x', true);
    if (left < bbox.left || left > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(left - 4 * pixel, bbox.top);
    ctx.lineTo(left + 4 * pixel, bbox.top);
    ctx.lineTo(left, bbox.top + 6 * pixel);
    ctx.fill();
  }
  ctx.restore();
}
