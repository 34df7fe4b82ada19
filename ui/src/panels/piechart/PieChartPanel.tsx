/** Shares of a whole, as a pie or a ring with its legend. */
import { formatValue } from '../../lib/units';
import type { PanelProps } from '../props';
import { type Reduced, reducedValues } from '../reduced';
import './PieChartPanel.css';

interface PieOptions {
  pieType?: 'pie' | 'donut';
  displayLabels?: string[];
  legend?: { showLegend?: boolean; placement?: string; values?: string[] };
}

export function PieChartPanel({ panel, data, width, height }: PanelProps) {
  const options = (panel.options ?? {}) as PieOptions;
  const values = reducedValues(panel, data.frames).filter(({ value }) => value !== null && value > 0);
  const total = values.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const side = options.legend?.placement !== 'bottom' && width > height;
  const percent = (one: Reduced) => formatValue(((one.value ?? 0) / (total || 1)) * 100, 'percent', 0);
  const share = (one: Reduced) => (one.value ?? 0) / (total || 1);
  return (
    <div className="pie-panel" data-side={side}>
      <svg
        viewBox="-52 -52 104 104"
        role="img"
        aria-label={values.map((one) => `${one.name} ${percent(one)}`).join(', ')}
      >
        {values.map((one, at) => {
          const from = values.slice(0, at).reduce((sum, before) => sum + share(before), 0);
          const to = from + share(one);
          const middle = point((from + to) / 2, options.pieType === 'donut' ? 40 : 32);
          return (
            <g key={one.key}>
              <path d={slice(from, to, options.pieType === 'donut' ? 29 : 0)} fill={one.shown.color}>
                <title>{`${one.name}: ${one.shown.text} (${percent(one)})`}</title>
              </path>
              {options.displayLabels?.includes('percent') && to - from > 0.06 && (
                <text x={middle[0]} y={middle[1]} className="pie-label">
                  {percent(one)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      {options.legend?.showLegend !== false && (
        <ul className="pie-legend">
          {values.map((one) => (
            <li key={one.key}>
              <i style={{ background: one.shown.color }} />
              <span>{one.name}</span>
              {options.legend?.values?.includes('value') && <b>{one.shown.text}</b>}
              {options.legend?.values?.includes('percent') && <span className="muted">{percent(one)}</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A point at a share of the circle, from the top, clockwise. */
function point(share: number, radius: number): [number, number] {
  const angle = (share - 0.25) * 2 * Math.PI;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** A slice of a ring; a whole circle is drawn as almost one, since an arc cannot end where it begins. */
function slice(from: number, to: number, hole: number): string {
  const end = Math.min(to, from + 0.99999);
  const large = end - from > 0.5 ? 1 : 0;
  const [outerStart, outerEnd] = [point(from, 50), point(end, 50)];
  const [innerEnd, innerStart] = [point(end, hole), point(from, hole)];
  return `M${outerStart} A50,50 0 ${large} 1 ${outerEnd} L${innerEnd} A${hole},${hole} 0 ${large} 0 ${innerStart} Z`;
}
