/** What every plot over time has in common: the time axis, the shared crosshair, and dragging to zoom. */
import type uPlot from 'uplot';
import type { TimeRange } from '../lib/timeRange';
import { axisInk } from './ink';
import { timeTicks } from './timeAxis';

export type PlotSettings = Omit<uPlot.Options, 'width' | 'height'>;

/** All panels of a page share one crosshair. */
const SYNC = 'dashboard';

export interface TimeSetup {
  /** The range at the time of drawing; it moves on while the plot stays. */
  range: () => TimeRange;
  onZoom: (range: TimeRange) => void;
}

/** Options without scales and axes of values. */
export function timePlot({ range, onZoom }: TimeSetup) {
  return {
    legend: { show: false },
    padding: [8, 12, 0, 0] as [number, number, number, number],
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    time: { time: true, range: () => [range().from / 1000, range().to / 1000] as [number, number] },
    timeAxis: {
      ...axisStyle(),
      size: 24,
      space: 70,
      values: (plot: uPlot, ticks: number[]) =>
        timeTicks(ticks, (plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0)),
    } satisfies uPlot.Axis,
    zoom: (plot: uPlot) => {
      if (plot.select.width < 4) return;
      const at = (x: number) => Math.round(plot.posToVal(x, 'x') * 1000);
      onZoom({ from: at(plot.select.left), to: at(plot.select.left + plot.select.width) });
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    },
  };
}

/** How every axis looks. */
export function axisStyle() {
  const ink = axisInk();
  return {
    stroke: ink.text,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { show: false },
    font: FONT,
    gap: 4,
  } satisfies uPlot.Axis;
}

const FONT = '11px system-ui, sans-serif';

/** As wide as the longest text of an axis of values. */
export function widthOf(_plot: uPlot, labels: string[] | null): number {
  return 14 + 6.2 * Math.max(3, ...(labels ?? []).map((label) => label.length));
}
