/** How one series is drawn: its line, bars or points, and the fill below it. */
import uPlot from 'uplot';
import { resolveColor } from '../../charts/ink';
import { withAlpha } from '../../lib/color';
import { type Custom, customOf, type DrawnSeries } from './drawn';

export function uplotSeries(one: DrawnSeries, scale: string, above: boolean): uPlot.Series {
  const custom = customOf(one);
  const bars = custom.drawStyle === 'bars';
  const fill = (custom.fillOpacity ?? (bars ? 60 : 0)) / 100;
  const paths = pathsOf(custom);
  const dash = dashOf(custom);
  return {
    label: one.name,
    scale,
    show: one.shown,
    stroke: resolveColor(one.color),
    width: custom.drawStyle === 'points' ? 0 : (custom.lineWidth ?? 1),
    ...(dash ? { dash } : {}),
    ...(fill > 0 ? { fill: canvasAlpha(one.color, above ? Math.min(1, fill * 1.4) : fill) } : {}),
    spanGaps: custom.spanNulls === true || typeof custom.spanNulls === 'number',
    points: pointsOf(custom, one.color),
    ...(paths ? { paths } : {}),
  };
}

function pointsOf({ drawStyle, showPoints, pointSize }: Custom, color: string): uPlot.Series.Points {
  const look = { size: pointSize ?? 5, fill: resolveColor(color) };
  if (drawStyle === 'points' || showPoints === 'always') return { show: true, ...look };
  // Left to itself, uPlot marks points that stand at least so many pixels apart, and those without a neighbour.
  return drawStyle === 'bars' || showPoints === 'never' ? { show: false } : { space: 24, ...look };
}

function pathsOf({
  drawStyle,
  lineInterpolation,
  barAlignment,
}: Custom): uPlot.Series.PathBuilder | undefined {
  const { bars, stepped, spline } = uPlot.paths;
  if (drawStyle === 'bars') return bars?.({ size: [0.8, 40], align: barAlignment ?? 0 });
  if (lineInterpolation === 'stepAfter') return stepped?.({ align: 1 });
  if (lineInterpolation === 'stepBefore') return stepped?.({ align: -1 });
  if (lineInterpolation === 'smooth') return spline?.();
  return undefined;
}

function dashOf({ lineStyle }: Custom): number[] | undefined {
  if (!lineStyle?.fill || lineStyle.fill === 'solid') return undefined;
  return lineStyle.dash ?? (lineStyle.fill === 'dot' ? [1, 4] : [8, 6]);
}

/** A hex colour seen through, in the form that a canvas takes everywhere. */
export function canvasAlpha(color: string, alpha: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return withAlpha(resolveColor(color), alpha);
  return `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
