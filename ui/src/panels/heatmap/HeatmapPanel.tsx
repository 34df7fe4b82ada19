/** How often which value occurred over time: buckets upwards, time to the right, the deeper the more. */
import { useMemo } from 'react';
import type uPlot from 'uplot';
import { align, seriesOf } from '../../charts/align';
import { Plot } from '../../charts/Plot';
import { bucketsOf, heatOf } from '../../dashboard/buckets';
import { useLatest } from '../../state/useLatest';
import { useScheme } from '../../state/useScheme';
import type { PanelProps } from '../props';
import { buildHeatmap, type HeatCells } from './options';

interface HeatmapOptions {
  calculate?: boolean;
  yAxis?: { unit?: string; decimals?: number };
  color?: { exponent?: number };
}

export function HeatmapPanel({ panel, data, range, step, width, height, onZoom }: PanelProps) {
  const options = (panel.options ?? {}) as HeatmapOptions;
  const scheme = useScheme();
  const cells = useMemo((): HeatCells => {
    const rows = options.calculate ? heatOf(data.frames) : data.frames;
    const series = seriesOf(rows.every(isBucket) && !options.calculate ? sortedBuckets(rows) : rows);
    const [times, ...columns] = align(series);
    const names = series.map(({ field }) => field.name);
    return { times, columns, names, lowers: series.map(({ frame }) => frame.bucketFrom), step: step / 1000 };
  }, [data.frames, options.calculate, step]);
  const latest = useLatest({ cells, range });
  const unit = options.yAxis?.unit ?? panel.fieldConfig?.defaults?.unit;
  const exponent = options.color?.exponent ?? 0.5;
  const plot = useMemo(
    () => buildHeatmap({ latest, unit, exponent, scheme, onZoom }),
    [latest, unit, exponent, scheme, onZoom],
  );
  const drawn = useMemo(
    () => [cells.times, cells.times.map(() => cells.names.length)] as uPlot.AlignedData,
    [cells],
  );
  return <Plot options={plot} data={drawn} width={width} height={height} />;
}

type Frame = PanelProps['data']['frames'][number];

const isBucket = (frame: Frame) => frame.fields[1]?.labels?.le !== undefined;

/** Buckets that the query has not taken apart (`format: heatmap` does) are already counts; only their order matters. */
function sortedBuckets(frames: Frame[]): Frame[] {
  const order = bucketsOf(frames).map(({ name }) => name);
  const place = (frame: Frame) => order.indexOf(String(frame.fields[1]?.labels?.le));
  return [...frames].sort((a, b) => place(a) - place(b));
}
