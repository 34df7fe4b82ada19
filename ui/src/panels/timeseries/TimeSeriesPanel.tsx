/** Lines, bars and stacks over time: legend, thresholds, shared crosshair, drag to zoom, exemplars. */
import { useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { align, seriesOf, stack } from '../../charts/align';
import { Plot } from '../../charts/Plot';
import { useSize } from '../../components/useSize';
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import { formatValue } from '../../lib/units';
import { useScheme } from '../../state/useScheme';
import type { PanelProps } from '../props';
import { Exemplars } from './Exemplars';
import { Legend, type LegendEntry } from './Legend';
import { buildOptions, type DrawnSeries } from './options';
import './TimeSeriesPanel.css';

interface TimeSeriesOptions {
  legend?: { showLegend?: boolean; displayMode?: string; placement?: string; calcs?: string[] };
}

export function TimeSeriesPanel({ panel, data, range, step, width, onZoom }: PanelProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [plot, setPlot] = useState<uPlot | null>(null);
  const series = useMemo(() => seriesOf(data.frames), [data.frames]);
  const drawn = useSame(
    series.map(({ frame, field }, at): DrawnSeries => {
      const config = configOf(panel, frame, field);
      const name = nameOf(config, frame, field);
      return { name, config, color: display(null, config, at).color, shown: !hidden.has(name) };
    }),
  );
  const stacked = drawn.some(
    ({ config }) => (config.custom?.stacking as { mode?: string } | undefined)?.mode === 'normal',
  );
  const columns = useMemo(() => {
    const [times, ...values] = align(series, step);
    const visible = values.map((column, at) => (drawn[at]?.shown ? column : column.map(() => null)));
    return [times, ...(stacked ? stack(visible) : visible)] as uPlot.AlignedData;
  }, [series, step, drawn, stacked]);
  const scheme = useScheme();
  const latestRange = useRef(range);
  latestRange.current = range;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the colours of the scheme are read while building
  const options = useMemo(
    () => buildOptions({ series: drawn, range: () => latestRange.current, stacked, onZoom, onPlot: setPlot }),
    [drawn, stacked, onZoom, scheme],
  );
  const legend = (panel.options as TimeSeriesOptions | undefined)?.legend;
  const showLegend = legend?.showLegend !== false && legend?.displayMode !== 'hidden';
  const side = legend?.placement === 'right' && width > 420;
  const area = useRef<HTMLDivElement>(null);
  const size = useSize(area);
  const entries = series.map(
    ({ field }, at): LegendEntry => ({ ...(drawn[at] as DrawnSeries), values: field.values }),
  );
  const toggle = (name: string, alone: boolean) => setHidden((old) => nextHidden(old, name, alone, drawn));
  return (
    <div className="timeseries" data-side={side}>
      <div className="timeseries-plot" ref={area}>
        {size.width > 0 && <Plot options={options} data={columns} width={size.width} height={size.height} />}
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
          onToggle={toggle}
        />
      )}
    </div>
  );
}

/** The value of before while it says the same, so that a refresh feeds the plot instead of building it anew. */
function useSame<T>(value: T): T {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
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
