/** Histograms: Prometheus' cumulative buckets taken apart, and plain values put into buckets. */
import type { Field, Frame } from '../lib/frame';
import { niceNumber } from '../lib/nice';

/**
 * Series with an `le` label, cumulative as Prometheus keeps them, become one frame per bucket with the counts of
 * that bucket alone, in ascending order and named by their upper bound. Frames without `le` stay as they are, and so do
 * the buckets of native histograms, whose counts are their own.
 */
export function bucketsOf(frames: readonly Frame[]): Frame[] {
  const bound = (frame: Frame) => {
    const le = frame.fields[1]?.labels?.le;
    return le === undefined ? Number.NaN : le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
  };
  if (frames.some((frame) => Number.isNaN(bound(frame)))) return [...frames];
  const ordered = [...frames].sort((a, b) => bound(a) - bound(b));
  if (frames.every(({ bucketFrom }) => bucketFrom !== undefined)) return ordered;
  let below = new Map<unknown, number>();
  return ordered.map((frame) => {
    const [time, value] = frame.fields as [Field, Field];
    const here = new Map<unknown, number>();
    const name = String(value.labels?.le);
    const values = value.values.map((total, at) => {
      const key = time.values[at];
      if (typeof total !== 'number' || Number.isNaN(total)) return null;
      here.set(key, total);
      return Math.max(0, total - (below.get(key) ?? 0));
    });
    below = here;
    return { ...frame, name, fields: [time, { ...value, name, values }] };
  });
}

/** A count of the values between two bounds. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

/** Counts values into equal bins of a round width, about as many as asked for. */
export function binsOf(values: readonly number[], about = 24, width?: number): Bin[] {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return [];
  const [min, max] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const size = width && width > 0 ? width : niceNumber((max - min) / about);
  const first = Math.floor(min / size);
  const count = Math.min(Math.floor(max / size) - first + 1, 500);
  const bins = Array.from({ length: count }, (_, at): Bin => {
    return { from: (first + at) * size, to: (first + at + 1) * size, count: 0 };
  });
  for (const value of known) {
    const bin = bins[Math.min(Math.floor(value / size) - first, bins.length - 1)];
    if (bin) bin.count += 1;
  }
  return bins;
}

/** A plain heatmap: the values of all series at each time, counted into common bins. */
export function heatOf(frames: readonly Frame[], about = 16): Frame[] {
  const points = new Map<number, number[]>();
  for (const frame of frames) {
    const time = frame.fields.find(({ type }) => type === 'time');
    for (const field of frame.fields.filter(({ type }) => type === 'number')) {
      field.values.forEach((value, at) => {
        const when = Number(time?.values[at]);
        if (typeof value === 'number' && Number.isFinite(value))
          points.set(when, [...(points.get(when) ?? []), value]);
      });
    }
  }
  const times = [...points.keys()].sort((a, b) => a - b);
  return binsOf([...points.values()].flat(), about).map(({ from, to }): Frame => {
    const name = String(Number(to.toPrecision(6)));
    const values = times.map(
      (time) => points.get(time)?.filter((value) => value >= from && value < to).length ?? 0,
    );
    const fields: Field[] = [
      { name: 'Time', type: 'time', values: times },
      { name, type: 'number', values, labels: { le: name } },
    ];
    return { refId: 'A', name, fields };
  });
}
