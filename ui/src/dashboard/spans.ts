/** A series as stretches of equal value, as a state timeline draws it. */
import type { Field } from '../lib/frame';

export interface Stretch {
  from: number;
  /** Exclusive. */
  to: number;
  value: number | string;
}

/** Joins equal neighbours unless told otherwise; a missing value or a pause of more than 1.5 steps ends a stretch. */
export function stretchesOf(time: Field, value: Field, step: number, join = true): Stretch[] {
  const result: Stretch[] = [];
  value.values.forEach((one, at) => {
    const from = Number(time.values[at]);
    if (one === null || (typeof one === 'number' && Number.isNaN(one))) return;
    const last = result.at(-1);
    const adjacent = last && from - last.to <= 0.5 * step;
    if (last && adjacent && join && last.value === one) last.to = from + step;
    else {
      if (last && adjacent) last.to = Math.min(last.to, from);
      result.push({ from, to: from + step, value: one });
    }
  });
  return result;
}
