/** Lines, bars and stacks over time: legend, thresholds, shared crosshair, drag to zoom, exemplars, annotations. */
import { useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { align, seriesOf } from '../../charts/align';
import { Plot } from '../../charts/Plot';
import { stackGroups } from '../../charts/stack';
import { useSize } from '../../components/useSize';
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import { formatValue } from '../../lib/units';
import { useLatest } from '../../state/useLatest';
import { useSame } from '../../state/useSame';
import { useScheme } from '../../state/useScheme';
import type { PanelProps } from '../props';
import { customOf, type DrawnSeries, stackingOf } from './drawn';
import { Exemplars } from './Exemplars';
import { Legend, type LegendEntry } from './Legend';
import { Marks } from './Marks';
import { buildOptions } from './options';
import './TimeSeriesPanel.css';

interface TimeSeriesOptions {
  legend?: {
    showLegend?: boolean;
    displayMode?: string;
    placement?: string;
    calcs?: string[];
    sortBy?: string;
    sortDesc?: boolean;
  };
  tooltip?: { mode?: 'single' | 'multi' | 'none' };
}

export function TimeSeriesPanel({ panel, data, range, step, width, marks, onZoom }: PanelProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [plot, setPlot] = useState<uPlot | null>(null);
  const series = useMemo(() => seriesOf(data.frames), [data.frames]);
  const drawn = useSame(
    series.map(({ frame, field }, at): DrawnSeries => {
      const config = configOf(panel, frame, field);
      const name = nameOf(config, frame, field);
      const shown = !hidden.has(name) && !customOf({ config }).hideFrom?.viz;
      return { name, config, color: display(null, config, at).color, shown };
    }),
  );
  const { columns, own, bands } = useMemo(() => columnsOf(series, drawn, step), [series, drawn, step]);
  const hasNumbers = own.some((column) => column.some((value) => typeof value === 'number'));
  const latest = useLatest({ range, own });
  const sameBands = useSame(bands);
  const scheme = useScheme();
  const options = (panel.options ?? {}) as TimeSeriesOptions;
  const tooltipMode = options.tooltip?.mode ?? 'multi';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the scheme are read while building
  const settings = useMemo(
    () =>
      buildOptions({
        series: drawn,
        bands: sameBands,
        range: () => latest().range,
        tooltip: { mode: tooltipMode, values: () => latest().own },
        onZoom,
        onPlot: setPlot,
      }),
    [drawn, sameBands, tooltipMode, onZoom, latest, scheme],
  );
  const { legend } = options;
  const showLegend = legend?.showLegend !== false && legend?.displayMode !== 'hidden';
  const side = legend?.placement === 'right' && width > 420;
  const area = useRef<HTMLDivElement>(null);
  const size = useSize(area);
  const entries = series
    .map(({ field }, at): LegendEntry => ({ ...(drawn[at] as DrawnSeries), values: field.values }))
    .filter((entry) => !customOf(entry).hideFrom?.legend && !customOf(entry).hideFrom?.viz);
  const toggle = (name: string, alone: boolean) => setHidden((old) => nextHidden(old, name, alone, drawn));
  return (
    <div className="timeseries" data-side={side}>
      <div className="timeseries-plot" ref={area}>
        {!hasNumbers && <p className="panel-message timeseries-void">Every value is NaN</p>}
        {size.width > 0 && <Plot options={settings} data={columns} width={size.width} height={size.height} />}
        {plot && marks.length > 0 && <Marks plot={plot} marks={marks} panelId={panel.id} range={range} />}
        {plot && data.exemplars.length > 0 && (
          <Exemplars
            plot={plot}
            exemplars={data.exemplars}
            range={range}
            format={(value) => formatValue(value, drawn[0]?.config.unit)}
          />
        )}
      </div>
      {showLegend && (
        <Legend
          entries={entries}
          calcs={legend?.calcs ?? []}
          table={legend?.displayMode === 'table'}
          sort={legend?.sortBy ? { by: legend.sortBy, down: legend.sortDesc ?? false } : undefined}
          onToggle={toggle}
        />
      )}
    </div>
  );
}

/** What uPlot draws, and the values as they were before they were turned over and stacked. */
function columnsOf(series: ReturnType<typeof seriesOf>, drawn: readonly DrawnSeries[], step: number) {
  const [times, ...own] = align(series, step);
  const visible = own.map((column, at) => {
    const one = drawn[at];
    if (!one?.shown) return column.map(() => null);
    const flipped = customOf(one).transform === 'negative-Y';
    return flipped ? column.map((value) => (typeof value === 'number' ? -value : value)) : column;
  });
  const { columns, bands } = stackGroups(visible, drawn.map(stackingOf));
  return { columns: [times, ...columns] as uPlot.AlignedData, own, bands };
}

/** A click shows one series alone (or all again); with a modifier key it switches that one. */
function nextHidden(
  old: ReadonlySet<string>,
  name: string,
  alone: boolean,
  all: readonly DrawnSeries[],
): ReadonlySet<string> {
  const names = all.map((one) => one.name);
  if (!alone) {
    const next = new Set(old);
    if (!next.delete(name)) next.add(name);
    return next;
  }
  const isAlone = !old.has(name) && old.size === new Set(names).size - 1;
  return isAlone ? new Set() : new Set(names.filter((one) => one !== name));
}
