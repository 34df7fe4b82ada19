/** How the values of the whole range are distributed; of histogram buckets, how many fell into each. */
import { useMemo } from 'react';
import { Bars } from '../../charts/Bars';
import { binsOf, bucketsOf } from '../../dashboard/buckets';
import { configOf, display } from '../../dashboard/fieldConfig';
import type { Frame } from '../../lib/frame';
import { reduce } from '../../lib/reduce';
import { formatValue } from '../../lib/units';
import type { PanelProps } from '../props';

interface HistogramOptions {
  bucketCount?: number;
  bucketSize?: number;
}

export function HistogramPanel({ panel, data, width, height }: PanelProps) {
  const { bucketCount, bucketSize } = (panel.options ?? {}) as HistogramOptions;
  const [first] = data.frames;
  const field = first?.fields.find(({ type }) => type === 'number');
  const config = first && field ? configOf(panel, first, field) : {};
  const { unit, decimals } = config;
  const bins = useMemo(
    () => bucketBins(data.frames, unit) ?? valueBins(data.frames, unit, bucketCount, bucketSize),
    [data.frames, unit, bucketCount, bucketSize],
  );
  const series = {
    name: 'Count',
    color: display(null, config, 0).color,
    values: bins.map(({ count }) => count),
    decimals,
  };
  return (
    <Bars
      categories={bins.map(({ name }) => name)}
      series={[series]}
      width={width}
      height={height}
      touching
    />
  );
}

interface NamedBin {
  name: string;
  count: number;
}

function bucketBins(frames: readonly Frame[], unit: string | undefined): NamedBin[] | undefined {
  const isBucket = (frame: Frame) => frame.fields[1]?.labels?.le !== undefined;
  if (!frames.every(isBucket)) return undefined;
  // `format: heatmap` has taken the buckets apart already and named them by their bounds.
  const apart = frames.every(({ name, fields }) => name === fields[1]?.labels?.le)
    ? frames
    : bucketsOf(frames);
  return apart.map(({ name, fields }) => {
    const bound = Number(name);
    return {
      name: `≤ ${Number.isFinite(bound) ? formatValue(bound, unit) : '∞'}`,
      count: reduce(fields[1]?.values ?? [], 'lastNotNull') ?? 0,
    };
  });
}

function valueBins(
  frames: readonly Frame[],
  unit: string | undefined,
  count?: number,
  size?: number,
): NamedBin[] {
  const values = frames.flatMap((frame) =>
    frame.fields.filter(({ type }) => type === 'number').flatMap((field) => field.values),
  );
  const numbers = values.filter((value): value is number => typeof value === 'number');
  return binsOf(numbers, count, size).map((bin) => ({ name: formatValue(bin.from, unit), count: bin.count }));
}
