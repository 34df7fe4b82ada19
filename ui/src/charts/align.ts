/** Series of different times on one axis, as uPlot wants them. */
import type { Field, Frame } from '../lib/frame';

/** A number column with where it comes from. */
export interface Series {
  frame: Frame;
  field: Field;
  times: (number | string | null)[];
}

/** The number columns of all frames that have a time column. */
export function seriesOf(frames: readonly Frame[]): Series[] {
  return frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === 'time');
    if (!time) return [];
    return frame.fields
      .filter(({ type }) => type === 'number')
      .map((field) => ({ frame, field, times: time.values }));
  });
}

/**
 * Common times in seconds, ascending, and every series' value at each; `null` where it has none. With the step
 * of the query (milliseconds), a time without any value is put where all series pause, so that lines break.
 */
export function align(series: readonly Series[], step?: number): [number[], ...(number | null)[][]] {
  const known = [...new Set(series.flatMap((one) => one.times.map(Number)))].sort((a, b) => a - b);
  const times = step ? withGaps(known, step) : known;
  const place = new Map(times.map((time, at) => [time, at]));
  const columns = series.map(({ field, times: own }) => {
    const column: (number | null)[] = Array(times.length).fill(null);
    field.values.forEach((value, at) => {
      const to = place.get(Number(own[at]));
      if (to !== undefined && typeof value === 'number' && Number.isFinite(value)) column[to] = value;
    });
    return column;
  });
  return [times.map((time) => time / 1000), ...columns];
}

/** Adds a time after each one that is followed by more than one and a half steps of nothing. */
function withGaps(times: readonly number[], step: number): number[] {
  return times.flatMap((time, at) => {
    const next = times[at + 1];
    return next !== undefined && next - time > 1.5 * step ? [time, time + step] : [time];
  });
}

/** Adds each column to the ones before it; a missing value adds nothing. */
export function stack(columns: readonly (number | null)[][]): (number | null)[][] {
  const sums: number[] = [];
  return columns.map((column) =>
    column.map((value, at) => {
      if (value === null) return null;
      sums[at] = (sums[at] ?? 0) + value;
      return sums[at] ?? null;
    }),
  );
}
