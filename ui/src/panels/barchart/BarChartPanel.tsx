/** Values by category: the first text column names the groups, every number column is a bar in them. */
import { useMemo, useRef } from 'react';
import { type BarSeries, Bars } from '../../charts/Bars';
import { timeTicks } from '../../charts/timeAxis';
import { useSize } from '../../components/useSize';
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import type { Field, Frame } from '../../lib/frame';
import type { PanelProps } from '../props';
import { asTable } from '../table/asTable';
import './BarChartPanel.css';

/** More groups cannot be told apart. */
const MOST = 100;

interface BarChartOptions {
  xField?: string;
  showValue?: string;
  legend?: { showLegend?: boolean };
}

export function BarChartPanel({ panel, data }: PanelProps) {
  const options = (panel.options ?? {}) as BarChartOptions;
  const area = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(area);
  const { categories, series } = useMemo(() => {
    const frame = asTable(data.frames);
    const x = categoryField(frame, options.xField);
    const series = frame.fields
      .filter((field) => field.type === 'number' && field !== x)
      .map((field, at): BarSeries => {
        const config = configOf(panel, frame, field);
        return {
          name: nameOf(config, frame, field),
          color: display(null, config, at).color,
          unit: config.unit,
          decimals: config.decimals,
          values: field.values.slice(0, MOST).map((value) => (typeof value === 'number' ? value : null)),
        };
      });
    return { categories: textOf(x).slice(0, MOST), series };
  }, [data.frames, panel, options.xField]);
  return (
    <div className="bar-chart">
      <div className="bar-chart-area" ref={area}>
        {width > 0 && (
          <Bars {...{ categories, series, width, height }} labelled={options.showValue !== 'never'} />
        )}
      </div>
      {options.legend?.showLegend !== false && series.length > 1 && (
        <ul className="bar-chart-legend">
          {series.map((one) => (
            <li key={one.name}>
              <i style={{ background: one.color }} />
              {one.name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function categoryField(frame: Frame, named: string | undefined): Field | undefined {
  return (
    frame.fields.find(({ name }) => name === named) ??
    frame.fields.find(({ type }) => type === 'string') ??
    frame.fields.find(({ type }) => type === 'time')
  );
}

function textOf(field: Field | undefined): string[] {
  if (!field) return [];
  if (field.type !== 'time') return field.values.map((value) => String(value ?? ''));
  const seconds = field.values.map((value) => Number(value) / 1000);
  return timeTicks(seconds, (seconds.at(-1) ?? 0) - (seconds[0] ?? 0));
}
