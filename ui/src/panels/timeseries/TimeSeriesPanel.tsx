/** Lines, bars and stacks over time: legend, thresholds, shared crosshair, drag to zoom, exemplars. */
import { useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { align, seriesOf, stack } from '../../charts/align';
import { Plot } from '../../charts/Plot';
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import type { PanelProps } from '../props';
import { Exemplars } from './Exemplars';
import { Legend, type LegendEntry } from './Legend';
import { buildOptions, type DrawnSeries } from './options';
import './TimeSeriesPanel.css';

interface TimeSeriesOptions {
  legend?: { showLegend?: boolean; displayMode?: string; placement?: string; calcs?: string[] };
}

export function TimeSeriesPanel({ panel, data, range, width, height, onZoom }: PanelProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [plot, setPlot] = useState<uPlot | null>(null);
  const series = useMemo(() => seriesOf(data.frames), [data.frames]);
  const drawn = useMemo(
    () =>
      series.map(({ frame, field }, at): DrawnSeries => {
        const config = configOf(panel, frame, field);
        const name = nameOf(config, frame, field);
        return { name, config, color: display(null, config, at).color, shown: !hidden.has(name) };
      }),
    [panel, series, hidden],
  );
  const stacked = drawn.some(
    ({ config }) => (config.custom?.stacking as { mode?: string } | undefined)?.mode === 'normal',
  );
  const columns = useMemo(() => {
    const [times, ...values] = align(series);
    const visible = values.map((column, at) => (drawn[at]?.shown ? column : column.map(() => null)));
    return [times, ...(stacked ? stack(visible) : visible)] as uPlot.AlignedData;
  }, [series, drawn, stacked]);
  const options = useMemo(
    () => buildOptions({ series: drawn, range, stacked, onZoom, onPlot: setPlot }),
    [drawn, range, stacked, onZoom],
  );
  const legend = (panel.options as TimeSeriesOptions | undefined)?.legend;
  const showLegend = legend?.showLegend !== false && legend?.displayMode !== 'hidden';
  const side = legend?.placement === 'right' && width > 420;
  const rows =
    legend?.displayMode === 'table'
      ? Math.min(drawn.length + 1, 5)
      : Math.ceil(drawn.length / Math.max(1, Math.floor(width / 150)));
  const legendHeight = showLegend && !side ? Math.min(rows * 22 + 6, Math.round(height * 0.4)) : 0;
  const legendWidth = showLegend && side ? Math.min(240, Math.round(width * 0.35)) : 0;
  const entries = series.map(
    ({ field }, at): LegendEntry => ({ ...(drawn[at] as DrawnSeries), values: field.values }),
  );
  const toggle = (name: string, alone: boolean) => setHidden((old) => nextHidden(old, name, alone, drawn));
  return (
    <div className="timeseries" data-side={side}>
      <div className="timeseries-plot">
        <Plot options={options} data={columns} width={width - legendWidth} height={height - legendHeight} />
        {plot && data.exemplars.length > 0 && (
          <Exemplars plot={plot} exemplars={data.exemplars} range={range} data={columns} />
        )}
      </div>
      {showLegend && (
        <Legend
          entries={entries}
          calcs={legend?.calcs ?? []}
          table={legend?.displayMode === 'table'}
          style={side ? { width: legendWidth } : { height: legendHeight }}
          onToggle={toggle}
        />
      )}
    </div>
  );
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
