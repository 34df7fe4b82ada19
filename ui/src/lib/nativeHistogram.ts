/** Native histograms as Prometheus' API writes them, and as what panels draw. */
import type { Field, Frame, Labels } from './frame';
import { parseFloatText } from './number';

/** Which bounds belong to a bucket, its bounds, and its count: `[0, "0.5", "1", "3"]`. */
type BucketJson = [number, string, string, string];

export interface HistogramJson {
  count: string;
  sum: string;
  buckets?: BucketJson[];
}

/** A histogram at a time in seconds. */
export type HistogramPoint = [number, HistogramJson];

/** A bucket: between its bounds, of which brackets say whether they belong to it, there are so many observations. */
interface Bucket {
  bounds: string;
  lower: number;
  upper: number;
  count: number;
}

const BRACKETS: readonly (readonly [string, string])[] = [
  ['(', ']'],
  ['[', ')'],
  ['(', ')'],
  ['[', ']'],
];

/** The buckets of one histogram, ascending. */
export function bucketsOfHistogram({ buckets = [] }: HistogramJson): Bucket[] {
  return buckets.map(([boundary, lower, upper, count]) => {
    const [open, close] = BRACKETS[boundary] ?? ['[', ']'];
    return {
      bounds: `${open}${short(lower)}, ${short(upper)}${close}`,
      lower: parseFloatText(lower),
      upper: parseFloatText(upper),
      count: parseFloatText(count),
    };
  });
}

/**
 * A series of histograms as one frame a bucket, ascending and named by the upper bound, with the count at each time; a
 * heatmap draws them as they are.
 */
export function bucketFrames(refId: string, labels: Labels, points: readonly HistogramPoint[]): Frame[] {
  const times = points.map(([seconds]) => seconds * 1000);
  const rows = new Map<number, { lower: number; values: (number | null)[] }>();
  points.forEach(([, histogram], at) => {
    for (const { lower, upper, count } of bucketsOfHistogram(histogram)) {
      const row = rows.get(upper) ?? { lower, values: times.map(() => null) };
      row.values[at] = count;
      rows.set(upper, row);
    }
  });
  const ordered = [...rows].sort(([a], [b]) => a - b);
  return ordered.map(([upper, { lower, values }]): Frame => {
    const name = boundText(upper);
    const fields: Field[] = [
      { name: 'Time', type: 'time', values: times },
      { name, type: 'number', values, labels: { ...labels, le: name } },
    ];
    return { refId, name, fields, bucketFrom: boundText(lower) };
  });
}

function boundText(bound: number): string {
  return Number.isFinite(bound) ? String(bound) : bound > 0 ? '+Inf' : '-Inf';
}

/** Six digits are enough to tell neighbours apart; the API writes seventeen. */
function short(bound: string): string {
  const value = parseFloatText(bound);
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : bound;
}
