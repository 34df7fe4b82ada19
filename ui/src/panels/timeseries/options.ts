/** uPlot's options for a time series panel, from the dashboard's settings. */
import type uPlot from 'uplot';
import { type PlotSettings, type TimeSetup, timePlot } from '../../charts/timePlot';
import type { DrawnSeries } from './drawn';
import { uplotSeries } from './line';
import { scalesOf, uplotAxis, uplotScale } from './scales';
import { drawThresholds } from './thresholds';
import { type TooltipOptions, tooltip } from './tooltip';

export interface PlotSetup extends TimeSetup {
  series: readonly DrawnSeries[];
  /** Pairs of stacked series, upper and lower, by their places in `series`. */
  bands: readonly (readonly [number, number])[];
  tooltip: TooltipOptions;
  onPlot: (plot: uPlot | null) => void;
}

export function buildOptions(setup: PlotSetup): PlotSettings {
  const { series, bands, onPlot } = setup;
  const base = timePlot(setup);
  const scales = scalesOf(series);
  const scaleKey = new Map(scales.flatMap(({ key, series: own }) => own.map((one) => [one, key] as const)));
  const uppers = new Set(bands.map(([upper]) => upper));
  return {
    legend: base.legend,
    padding: base.padding,
    cursor: base.cursor,
    scales: {
      x: base.time,
      ...Object.fromEntries(scales.map((scale) => [scale.key, uplotScale(scale)])),
    },
    axes: [base.timeAxis, ...scales.map(uplotAxis)],
    series: [{}, ...series.map((one, at) => uplotSeries(one, scaleKey.get(one) ?? 'y', uppers.has(at)))],
    // uPlot counts the times as its first series.
    bands: bands.map(([upper, lower]) => ({ series: [upper + 1, lower + 1] })),
    hooks: {
      init: [onPlot],
      destroy: [() => onPlot(null)],
      draw: [(plot) => drawThresholds(plot, series[0]?.config ?? {})],
      setSelect: [base.zoom],
    },
    plugins: setup.tooltip.mode === 'none' ? [] : [tooltip(series, setup.tooltip)],
  };
}
