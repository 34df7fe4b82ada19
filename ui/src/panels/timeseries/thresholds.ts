/** Thresholds across a plot, as lines or as tinted areas. */
import type uPlot from 'uplot';
import { resolveColor } from '../../charts/ink';
import { absoluteSteps, type FieldConfig } from '../../dashboard/fieldConfig';
import { cssColor } from '../../lib/color';
import { customOf } from './drawn';
import { canvasAlpha } from './line';

export function drawThresholds(plot: uPlot, config: FieldConfig): void {
  const mode = customOf({ config }).thresholdsStyle?.mode ?? 'off';
  if (mode === 'off') return;
  const { left, top, width, height } = plot.bbox;
  const steps = absoluteSteps(config.thresholds, config.min ?? 0, config.max ?? 100);
  plot.ctx.save();
  steps.forEach(({ color, value }, at) => {
    if (color === 'transparent') return;
    const y = clamp(plot.valToPos(value, 'y', true), top, top + height);
    const upper = steps[at + 1];
    const end = upper ? clamp(plot.valToPos(upper.value, 'y', true), top, top + height) : top;
    if (mode.includes('area')) {
      plot.ctx.fillStyle = canvasAlpha(cssColor(color), 0.1);
      plot.ctx.fillRect(left, end, width, y - end);
    }
    if (mode.includes('line') || mode.includes('dashed')) {
      if (!Number.isFinite(value) || y <= top || y >= top + height) return;
      plot.ctx.strokeStyle = resolveColor(cssColor(color));
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
