/** A series as it is drawn, and the settings of its drawing that a dashboard knows. */
import type { Stacking } from '../../charts/stack';
import type { FieldConfig } from '../../dashboard/fieldConfig';

export interface DrawnSeries {
  name: string;
  config: FieldConfig;
  color: string;
  shown: boolean;
}

export type Custom = Readonly<{
  drawStyle?: 'line' | 'bars' | 'points';
  lineInterpolation?: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  lineWidth?: number;
  lineStyle?: { fill?: 'solid' | 'dash' | 'dot'; dash?: number[] };
  fillOpacity?: number;
  showPoints?: 'auto' | 'always' | 'never';
  pointSize?: number;
  spanNulls?: boolean | number;
  barAlignment?: -1 | 0 | 1;
  stacking?: { mode?: 'none' | 'normal' | 'percent'; group?: string };
  transform?: 'negative-Y' | 'constant';
  thresholdsStyle?: { mode?: string };
  scaleDistribution?: { type?: 'linear' | 'log'; log?: number };
  axisPlacement?: 'auto' | 'left' | 'right' | 'hidden';
  axisLabel?: string;
  axisSoftMin?: number;
  axisSoftMax?: number;
  axisCenteredZero?: boolean;
  hideFrom?: { viz?: boolean; legend?: boolean; tooltip?: boolean };
}>;

export function customOf({ config }: { config: FieldConfig }): Custom {
  return (config.custom ?? {}) as Custom;
}

/** Series are stacked with those of their group on the same axis. */
export function stackingOf(series: DrawnSeries): Stacking {
  const { stacking, axisPlacement = 'auto' } = customOf(series);
  const mode = stacking?.mode ?? 'none';
  if (mode === 'none' || !series.shown) return {};
  return {
    group: `${stacking?.group ?? 'A'} ${series.config.unit} ${axisPlacement}`,
    percent: mode === 'percent',
  };
}
