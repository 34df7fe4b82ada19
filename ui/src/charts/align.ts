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

/** A value at a common time; `null` breaks the line, `undefined` is a time of other series only. */
export type Cell = number | null | undefined;

/**
 * Common times in seconds, ascending, and every series' value at each. Where a series pauses for more than one and a
 * half of its steps (`frame.step`, else the one given; milliseconds) its line breaks.
 */
export function align(series: readonly Series[], step?: number): [number[], ...Cell[][]] {
  const pauses = series.map(({ times, frame }) => pausesOf(times.map(Number), frame.step ?? step));
  const known = new Set(series.flatMap((one) => one.times.map(Number)));
  for (const at of pauses.flat()) known.add(at);
  const times = [...known].sort((a, b) => a - b);
  const place = new Map(times.map((time, at) => [time, at]));
  const columns = series.map(({ field, times: own }, index) => {
    const column: Cell[] = Array(times.length).fill(undefined);
    for (const time of pauses[index] ?? []) column[place.get(time) ?? 0] = null;
    field.values.forEach((value, at) => {
      const to = place.get(Number(own[at]));
      if (to !== undefined) column[to] = typeof value === 'number' && Number.isFinite(value) ? value : null;
    });
    return column;
  });
  return [times.map((time) => time / 1000), ...columns];
}

/** A time after each one that is followed by more than one and a half steps of nothing. */
function pausesOf(times: readonly number[], step: number | undefined): number[] {
  if (!step) return [];
  return times.flatMap((time, at) => {
    const next = times[at + 1];
    return next !== undefined && next - time > 1.5 * step ? [time + step] : [];
  });
}
