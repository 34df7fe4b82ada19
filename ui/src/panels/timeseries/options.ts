/** uPlot's options for a time series panel, from the dashboard's settings. */
import uPlot from 'uplot';
import { axisInk, resolveColor } from '../../charts/ink';
import { timeTicks } from '../../charts/timeAxis';
import { absoluteSteps, type FieldConfig } from '../../dashboard/fieldConfig';
import { cssColor, withAlpha } from '../../lib/color';
import type { TimeRange } from '../../lib/timeRange';
import { formatValue } from '../../lib/units';
import { tooltip } from './tooltip';

/** A series as it is drawn. */
export interface DrawnSeries {
  name: string;
  config: FieldConfig;
  color: string;
  shown: boolean;
}

export interface PlotSetup {
  series: readonly DrawnSeries[];
  /** The range at the time of drawing; it moves on while the plot stays. */
  range: () => TimeRange;
  stacked: boolean;
  onZoom: (range: TimeRange) => void;
  onPlot: (plot: uPlot | null) => void;
}

/** All panels of a page share one crosshair. */
const SYNC = 'dashboard';

type Custom = Readonly<{
  drawStyle?: 'line' | 'bars' | 'points';
  lineInterpolation?: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  lineWidth?: number;
  fillOpacity?: number;
  showPoints?: string;
  pointSize?: number;
  spanNulls?: boolean | number;
  thresholdsStyle?: { mode?: string };
  scaleDistribution?: { type?: string };
}>;

export function buildOptions({ series, range, stacked, onZoom, onPlot }: PlotSetup): PlotSettings {
  const first = series[0]?.config ?? {};
  const { unit, decimals, min, max } = first;
  const scale = (first.custom as Custom | undefined)?.scaleDistribution?.type === 'log' ? 3 : 1;
  const ink = axisInk();
  const axis = {
    stroke: ink.text,
    grid: { stroke: ink.grid, width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [range().from / 1000, range().to / 1000] },
      y: { distr: scale, range: (_plot, low, high) => yRange(low, high, min, max) },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 70,
        gap: 4,
        values: (plot, ticks) => timeTicks(ticks, (plot.scales.x?.max ?? 0) - (plot.scales.x?.min ?? 0)),
      },
      {
        ...axis,
        size: (_plot, labels) => 14 + 6.2 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
        space: 32,
        ...(BINARY.test(unit ?? '') ? { incrs: POWERS_OF_TWO } : {}),
        gap: 4,
        values: (_plot, ticks) => ticks.map((tick) => formatValue(tick, unit, decimals)),
      },
    ],
    series: [{}, ...series.map((one, at) => lineOf(one, stacked && at > 0))],
    ...(stacked
      ? { bands: series.slice(1).map((_, at) => ({ series: [at + 2, at + 1] as [number, number] })) }
      : {}),
    hooks: {
      init: [onPlot],
      destroy: [() => onPlot(null)],
      draw: [(plot) => drawThresholds(plot, first)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const at = (x: number) => Math.round(plot.posToVal(x, 'x') * 1000);
          onZoom({ from: at(plot.select.left), to: at(plot.select.left + plot.select.width) });
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        },
      ],
    },
    plugins: [tooltip(series, stacked)],
  };
}

/** Units that count in powers of two have their lines there. */
const BINARY = /^(bytes|kbytes|mbytes|binBps|bits|binbps)$/;
const POWERS_OF_TWO = Array.from({ length: 60 }, (_, at) => 2 ** at);

type PlotSettings = Omit<uPlot.Options, 'width' | 'height'>;

function lineOf(one: DrawnSeries, above: boolean): uPlot.Series {
  const custom = (one.config.custom ?? {}) as Custom;
  const bars = custom.drawStyle === 'bars';
  const fill = (custom.fillOpacity ?? (bars ? 60 : 0)) / 100;
  const paths = pathsOf(custom);
  return {
    label: one.name,
    show: one.shown,
    stroke: resolveColor(one.color),
    width: custom.drawStyle === 'points' ? 0 : (custom.lineWidth ?? 1),
    ...(fill > 0 ? { fill: canvasAlpha(one.color, above ? Math.min(1, fill * 1.4) : fill) } : {}),
    spanGaps: custom.spanNulls === true || typeof custom.spanNulls === 'number',
    points: {
      show: custom.drawStyle === 'points' || custom.showPoints === 'always',
      size: custom.pointSize ?? 5,
    },
    ...(paths ? { paths } : {}),
  };
}

function pathsOf({ drawStyle, lineInterpolation }: Custom): uPlot.Series.PathBuilder | undefined {
  const { bars, stepped, spline } = uPlot.paths;
  if (drawStyle === 'bars') return bars?.({ size: [0.8, 40] });
  if (lineInterpolation === 'stepAfter') return stepped?.({ align: 1 });
  if (lineInterpolation === 'stepBefore') return stepped?.({ align: -1 });
  if (lineInterpolation === 'smooth') return spline?.();
  return undefined;
}

/** The axis keeps the configured ends, shows zero where all is above it, and never has no height. */
function yRange(
  low: number | null,
  high: number | null,
  min: number | undefined,
  max: number | undefined,
): [number, number] {
  const bottom = min ?? Math.min(0, low ?? 0);
  const top = max ?? high ?? 1;
  const [, roomy] = uPlot.rangeNum(bottom, top > bottom ? top : bottom + 1, {
    min: { pad: 0 },
    max: { pad: 0.1 },
  } as uPlot.Range.Config);
  return [bottom, max ?? roomy ?? top];
}

function drawThresholds(plot: uPlot, config: FieldConfig): void {
  const mode = (config.custom as Custom | undefined)?.thresholdsStyle?.mode ?? 'off';
  if (mode === 'off') return;
  const { left, top, width, height } = plot.bbox;
  const steps = absoluteSteps(config.thresholds, config.min ?? 0, config.max ?? 100);
  plot.ctx.save();
  steps.forEach(({ color, value }, at) => {
    const y = clamp(plot.valToPos(value, 'y', true), top, top + height);
    const upper = steps[at + 1];
    const end = upper ? clamp(plot.valToPos(upper.value, 'y', true), top, top + height) : top;
    if (mode.includes('area')) {
      plot.ctx.fillStyle = canvasAlpha(cssColor(color), 0.1);
      plot.ctx.fillRect(left, end, width, y - end);
    }
    if (mode.includes('line') || mode.includes('dashed')) {
      if (!Number.isFinite(value) || y <= top || y >= top + height) return;
      plot.ctx.strokeStyle = cssColor(color);
      plot.ctx.setLineDash(mode.includes('dashed') ? [6, 4] : []);
      plot.ctx.beginPath();
      plot.ctx.moveTo(left, y);
      plot.ctx.lineTo(left + width, y);
      plot.ctx.stroke();
    }
  });
  plot.ctx.restore();
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(Number.isFinite(value) ? value : high, low), high);
}

/** A hex colour seen through, in the form that a canvas takes everywhere. */
function canvasAlpha(color: string, alpha: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return withAlpha(resolveColor(color), alpha);
  return `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
