/** The axes of values: one for each unit and place, the first on the left, as many as the series need. */
import uPlot from 'uplot';
import { axisStyle, widthOf } from '../../charts/timePlot';
import { formatValue } from '../../lib/units';
import { type Custom, customOf, type DrawnSeries } from './drawn';

/** An axis with the series that are drawn against it. */
export interface ValueScale {
  /** `y`, then `y1`, `y2` … */
  key: string;
  series: DrawnSeries[];
}

/** The axes in the order of their first series. */
export function scalesOf(series: readonly DrawnSeries[]): ValueScale[] {
  const scales = new Map<string, ValueScale>();
  for (const one of series) {
    const id = identity(one);
    const scale = scales.get(id) ?? { key: scales.size === 0 ? 'y' : `y${scales.size}`, series: [] };
    scale.series.push(one);
    scales.set(id, scale);
  }
  return scales.size > 0 ? [...scales.values()] : [{ key: 'y', series: [] }];
}

function identity(one: DrawnSeries): string {
  const { axisPlacement = 'auto', scaleDistribution, axisLabel } = customOf(one);
  const { unit = '', min, max } = one.config;
  return JSON.stringify([unit, axisPlacement, min, max, scaleDistribution?.type, axisLabel]);
}

export function uplotScale({ series }: ValueScale): uPlot.Scale {
  const [first] = series;
  const custom = first ? customOf(first) : {};
  const isLog = custom.scaleDistribution?.type === 'log';
  const log = custom.scaleDistribution?.log === 2 ? 2 : 10;
  return {
    distr: isLog ? 3 : 1,
    ...(isLog ? { log } : {}),
    range: (_plot, low, high) =>
      isLog ? logRange(low, high, log) : linearRange(low, high, first?.config ?? {}, custom),
  };
}

export function uplotAxis({ key, series }: ValueScale, at: number): uPlot.Axis {
  const [first] = series;
  const custom = first ? customOf(first) : {};
  const { decimals } = first?.config ?? {};
  const unit = custom.stacking?.mode === 'percent' ? 'percentunit' : first?.config.unit;
  const style = axisStyle();
  const placement = custom.axisPlacement ?? 'auto';
  const isRight = placement === 'right' || (placement !== 'left' && at > 0);
  const label = custom.axisLabel;
  return {
    ...style,
    scale: key,
    side: isRight ? 1 : 3,
    show: placement !== 'hidden',
    // Lines of several axes would cross each other.
    grid: at === 0 ? style.grid : { show: false },
    size: widthOf,
    space: 32,
    ...(BINARY.test(unit ?? '') ? { incrs: POWERS_OF_TWO } : {}),
    ...(label ? { label, labelSize: 18, labelGap: 0, labelFont: style.font } : {}),
    values: (_plot, ticks) => tickTexts(ticks, unit, decimals),
  };
}

/** With the dashboard's decimals where they tell the ticks apart, else with as many as that needs. */
function tickTexts(ticks: readonly (number | null)[], unit?: string, decimals?: number): string[] {
  const write = (digits?: number) =>
    ticks.map((tick) => (tick === null ? '' : formatValue(tick, unit, digits)));
  const texts = write(decimals);
  const written = texts.filter((text) => text !== '');
  return new Set(written).size < written.length ? write() : texts;
}

/** Units that count in powers of two have their lines there. */
const BINARY = /^(bytes|kbytes|mbytes|gbytes|binBps|bits|binbps)$/;
const POWERS_OF_TWO = Array.from({ length: 60 }, (_, at) => 2 ** at);

/** The axis keeps the configured ends, shows zero where all is above it, and never has no height. */
function linearRange(
  low: number | null,
  high: number | null,
  { min, max }: { min?: number; max?: number },
  custom: Custom,
): [number, number] {
  const soft = (...values: (number | null | undefined)[]) =>
    values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const lowest = Math.min(0, ...soft(low, custom.axisSoftMin));
  const highest = Math.max(...soft(high, custom.axisSoftMax), lowest < 0 ? 0 : Number.NEGATIVE_INFINITY);
  const bottom = min ?? lowest;
  const top = max ?? (Number.isFinite(highest) ? highest : 1);
  const [lower, roomy] = uPlot.rangeNum(bottom, top > bottom ? top : bottom + 1, {
    min: { pad: bottom < 0 ? 0.1 : 0 },
    max: { pad: 0.1 },
  } as uPlot.Range.Config);
  const ends: [number, number] = [min ?? (bottom < 0 ? (lower ?? bottom) : bottom), max ?? roomy ?? top];
  if (!custom.axisCenteredZero) return ends;
  const far = Math.max(Math.abs(ends[0]), Math.abs(ends[1]));
  return [-far, far];
}

function logRange(low: number | null, high: number | null, base: 2 | 10): [number, number] {
  if (low === null || high === null || high <= 0) return [1, base ** 2];
  const [from = 1, to = base] = uPlot.rangeLog(low > 0 ? low : high / base ** 4, high, base, true);
  return [from ?? 1, to ?? base];
}
