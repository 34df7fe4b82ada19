/** Bars in groups, one group per category: an SVG that scales with its box. */
import { niceTicks } from '../lib/nice';
import { formatValue } from '../lib/units';
import './Bars.css';

export interface BarSeries {
  name: string;
  color: string;
  unit?: string | undefined;
  decimals?: number | undefined;
  values: (number | null)[];
}

interface BarsProps {
  categories: readonly string[];
  series: readonly BarSeries[];
  width: number;
  height: number;
  /** Writes values above the bars where there is room. */
  labelled?: boolean;
  /** Bars of a histogram touch each other. */
  touching?: boolean;
}

const AXIS = 20;
const TOP = 14;

export function Bars({ categories, series, width, height, labelled = true, touching = false }: BarsProps) {
  const unit = series[0]?.unit;
  const known = series
    .flatMap(({ values }) => values)
    .filter((value) => value !== null && Number.isFinite(value));
  const ticks = niceTicks(Math.max(0, ...(known as number[])) || 1);
  const high = ticks.at(-1) ?? 1;
  const left = 12 + 6.4 * Math.max(...ticks.map((tick) => formatValue(tick, unit).length));
  const inner = Math.max(1, width - left - 8);
  const y = (value: number) => TOP + (height - AXIS - TOP) * (1 - Math.max(0, value) / high);
  const group = inner / Math.max(1, categories.length);
  const pad = touching ? 0.5 : Math.min(group * 0.14, 16);
  const bar = Math.max(1, (group - 2 * pad) / Math.max(1, series.length));
  const every = Math.ceil(Math.max(...categories.map((text) => text.length * 6.6 + 10), 1) / group);
  const description = series.map((one) => describe(one, categories)).join('; ');
  return (
    <svg className="bars" width={width} height={height} role="img" aria-label={description}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width - 8} y1={y(tick)} y2={y(tick)} className="bars-grid" />
          <text x={left - 6} y={y(tick)} className="bars-tick" textAnchor="end" dominantBaseline="central">
            {formatValue(tick, unit)}
          </text>
        </g>
      ))}
      {categories.map((category, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: categories may be equal
        <g key={at}>
          {series.map((one, index) => {
            const value = one.values[at] ?? null;
            if (value === null || !Number.isFinite(value)) return null;
            const x = left + at * group + pad + index * bar;
            const text = formatValue(value, one.unit, one.decimals);
            return (
              <g key={one.name}>
                <rect
                  x={x}
                  y={y(value)}
                  width={Math.max(1, bar - 1)}
                  height={height - AXIS - y(value)}
                  fill={one.color}
                >
                  <title>{`${category} · ${one.name}: ${text}`}</title>
                </rect>
                {labelled && bar > text.length * 6.2 && (
                  <text x={x + bar / 2} y={y(value) - 4} className="bars-value" textAnchor="middle">
                    {text}
                  </text>
                )}
              </g>
            );
          })}
          {at % every === 0 && (
            <text x={left + (at + 0.5) * group} y={height - 6} className="bars-tick" textAnchor="middle">
              {category}
            </text>
          )}
        </g>
      ))}
      <line x1={left} x2={width - 8} y1={height - AXIS} y2={height - AXIS} className="bars-grid" />
    </svg>
  );
}

function describe({ name, values, unit, decimals }: BarSeries, categories: readonly string[]): string {
  const pairs = categories.slice(0, 40).map((one, at) => `${one} ${formatValue(values[at], unit, decimals)}`);
  return `${name}: ${pairs.join(', ')}`;
}
