/** uPlot's options for a heatmap: an axis of bucket bounds, and the cells painted over an empty series. */
import type uPlot from 'uplot';
import type { Cell } from '../../charts/align';
import { rampColor } from '../../charts/ramp';
import { axisStyle, type PlotSettings, timePlot, widthOf } from '../../charts/timePlot';
import { showTip } from '../../charts/tip';
import { dateTime } from '../../lib/clock';
import type { TimeRange } from '../../lib/timeRange';
import { formatValue } from '../../lib/units';

/** Counts by bucket (ascending) and time; times and step in seconds. */
export interface HeatCells {
  times: number[];
  columns: Cell[][];
  /** Upper bounds, or whatever the series are called. */
  names: string[];
  /** Lower bounds of buckets that do not begin where the one below ends. */
  lowers: (string | undefined)[];
  step: number;
}

interface HeatmapSetup {
  latest: () => { cells: HeatCells; range: TimeRange };
  unit: string | undefined;
  exponent: number;
  scheme: 'light' | 'dark';
  onZoom: (range: TimeRange) => void;
}

export function buildHeatmap(setup: HeatmapSetup): PlotSettings {
  const { latest, unit, onZoom } = setup;
  const base = timePlot({ range: () => latest().range, onZoom });
  return {
    legend: base.legend,
    padding: base.padding,
    cursor: { ...base.cursor, points: { show: false } },
    scales: { x: base.time, y: { range: () => [0, Math.max(1, latest().cells.names.length)] } },
    axes: [
      { ...base.timeAxis, grid: { show: false } },
      {
        ...axisStyle(),
        grid: { show: false },
        size: widthOf,
        splits: (plot) => boundaries(latest().cells.names.length, plot),
        values: (_plot, ticks) => ticks.map((tick) => boundText(latest().cells.names[tick - 1], unit)),
      },
    ],
    series: [{}, { stroke: 'transparent', points: { show: false } }],
    hooks: { draw: [(plot) => paint(plot, setup)], setSelect: [base.zoom] },
    plugins: [showTip((plot) => tipOf(plot, setup))],
  };
}

/** The upper ends of buckets that are written, as many as the height has room for. */
function boundaries(count: number, plot: uPlot): number[] {
  const every = Math.max(1, Math.ceil((count * 22) / Math.max(plot.bbox.height / devicePixelRatio, 1)));
  const ends = Array.from({ length: Math.ceil(count / every) }, (_, at) => (at + 1) * every);
  return ends.filter((at) => at <= count);
}

function paint(plot: uPlot, { latest, exponent, scheme }: HeatmapSetup): void {
  const { times, columns, step } = latest().cells;
  const most = columns.flat().reduce<number>((max, value) => Math.max(max, value ?? 0), 0) || 1;
  const { left, top, width, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.beginPath();
  plot.ctx.rect(left, top, width, height);
  plot.ctx.clip();
  columns.forEach((column, row) => {
    const [high, low] = [plot.valToPos(row + 1, 'y', true), plot.valToPos(row, 'y', true)];
    column.forEach((value, at) => {
      if (!value) return;
      // A cell ends at its time: the count is of the step before it.
      const right = plot.valToPos(times[at] ?? 0, 'x', true);
      const start = plot.valToPos((times[at] ?? 0) - step, 'x', true);
      plot.ctx.fillStyle = rampColor((value / most) ** exponent, scheme);
      plot.ctx.fillRect(
        Math.floor(start),
        Math.floor(high) + 1,
        Math.max(1, Math.ceil(right - start)),
        low - high - 1,
      );
    });
  });
  plot.ctx.restore();
}

function tipOf(
  plot: uPlot,
  { latest, unit }: HeatmapSetup,
): { head: string; rows: [string, string][] } | undefined {
  const { times, columns, names, lowers } = latest().cells;
  const { idx, top = -1 } = plot.cursor;
  const row = Math.floor(plot.posToVal(top, 'y'));
  const value = typeof idx === 'number' ? columns[row]?.[idx] : undefined;
  if (typeof idx !== 'number' || value === undefined || value === null) return undefined;
  const lower = boundText(lowers[row] ?? names[row - 1], unit);
  const label = lower ? `${lower} – ${boundText(names[row], unit)}` : `≤ ${boundText(names[row], unit)}`;
  return {
    head: dateTime((times[idx] ?? 0) * 1000),
    rows: [[label, formatValue(value, 'short')]],
  };
}

function boundText(name: string | undefined, unit: string | undefined): string {
  if (name === undefined) return '';
  const bound = Number(name);
  return Number.isFinite(bound) ? formatValue(bound, unit) : name;
}
