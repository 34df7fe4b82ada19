/** What an expression takes and gives: series, and numbers with labels. Pure. */
import { type Frame, type Labels, labelsText, seriesFrame } from '../../lib/frame';

/** One series, or, where `times` is missing, one number. */
export interface Item {
  labels: Labels;
  times?: readonly number[];
  /** As many as there are times; one for a number. */
  values: readonly (number | null)[];
}

/** What is wrong with an expression, in words for the person who looks at the panel. */
export class ExpressionError extends Error {}

/** The items of a query's answer. An instant query gives numbers. */
export function itemsOf(frames: readonly Frame[], instant: boolean): Item[] {
  return frames.flatMap(({ fields }) => {
    const time = fields.find(({ type }) => type === 'time');
    return fields
      .filter(({ type }) => type === 'number')
      .map(({ labels = {}, values }): Item => {
        const { __name__: _, ...rest } = labels;
        const own = values.map((value) => (typeof value === 'number' ? value : null));
        return instant || !time
          ? { labels: rest, values: own.slice(-1) }
          : { labels: rest, times: time.values.map(Number), values: own };
      });
  });
}

/** The frames that a panel draws; a number stands at the end of the range. */
export function framesOf(items: readonly Item[], refId: string, end: number): Frame[] {
  return items.map(({ labels, times = [end], values }) => {
    const name = Object.keys(labels).length > 0 ? labelsText(labels) : refId;
    return seriesFrame(refId, name, labels, [...times], [...values]);
  });
}

/** The values of an item changed one by one. */
export function mapped(item: Item, change: (value: number | null) => number | null): Item {
  return { ...item, values: item.values.map(change) };
}

/** Pairs items whose labels agree: equal, one within the other, or one of each side alone. */
export function paired(left: readonly Item[], right: readonly Item[]): [Item, Item][] {
  const alone = left.length === 1 && right.length === 1;
  return left.flatMap((a) =>
    right
      .filter((b) => alone || within(a.labels, b.labels) || within(b.labels, a.labels))
      .map((b): [Item, Item] => [a, b]),
  );
}

/** Operates on two items: at the times that both have, or against a number at each time. */
export function combined(
  a: Item,
  b: Item,
  operate: (x: number | null, y: number | null) => number | null,
): Item {
  const labels = Object.keys(a.labels).length >= Object.keys(b.labels).length ? a.labels : b.labels;
  const [x = null, y = null] = [a.values[0], b.values[0]];
  if (a.times && b.times) {
    const other = new Map(b.times.map((time, at) => [time, b.values[at] ?? null]));
    const common = a.times.flatMap((time, at) => (other.has(time) ? [[time, at] as const] : []));
    return {
      labels,
      times: common.map(([time]) => time),
      values: common.map(([time, at]) => operate(a.values[at] ?? null, other.get(time) ?? null)),
    };
  }
  if (a.times) return { labels, times: a.times, values: a.values.map((value) => operate(value, y)) };
  if (b.times) return { labels, times: b.times, values: b.values.map((value) => operate(x, value)) };
  return { labels, values: [operate(x, y)] };
}

function within(small: Labels, large: Labels): boolean {
  return Object.entries(small).every(([name, value]) => large[name] === value);
}
