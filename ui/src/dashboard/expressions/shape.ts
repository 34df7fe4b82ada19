/** Expressions that change the shape of another query's answer: `reduce`, `resample`, `threshold`. Pure. */
import type { ExpressionJson } from '../../lib/dashboardJson';
import { parseDuration } from '../../lib/duration';
import { reduce as calculated } from '../../lib/reduce';
import type { TimeRange } from '../../lib/timeRange';
import { ExpressionError, type Item, mapped } from './items';

const REDUCERS = ['sum', 'mean', 'min', 'max', 'count', 'last', 'median'];

/** One number of each series. What is no number makes the result none, unless it is dropped or replaced. */
export function reduced(items: readonly Item[], { reducer = 'last', settings }: ExpressionJson): Item[] {
  if (!REDUCERS.includes(reducer)) throw new ExpressionError(`there is no reducer “${reducer}”`);
  const { mode = '', replaceWithValue = 0 } = settings ?? {};
  return items.map(({ labels, values }): Item => {
    const isNumber = (value: number | null) => value !== null && Number.isFinite(value);
    const used =
      mode === 'dropNN'
        ? values.filter(isNumber)
        : mode === 'replaceNN'
          ? values.map((value) => (isNumber(value) ? value : replaceWithValue))
          : values;
    const wholly = used.every((value) => value !== null && !Number.isNaN(value));
    const value = reducer === 'count' ? used.length : wholly ? calculated(used, reducer) : Number.NaN;
    return { labels, values: [value ?? Number.NaN] };
  });
}

/** More points than these are refused. */
const MOST_POINTS = 11_000;

/** Series with a point every `window`: several points become one, a gap is filled. */
export function resampled(items: readonly Item[], json: ExpressionJson, { from, to }: TimeRange): Item[] {
  const { window = '', downsampler = 'mean', upsampler = 'fillna' } = json;
  const step = parseDuration(window);
  if (!step) throw new ExpressionError(`“${window}” is not a time window; write a duration such as 10s`);
  if ((to - from) / step > MOST_POINTS)
    throw new ExpressionError(`a window of ${window} gives too many points for this time range`);
  return items.map((item): Item => {
    const { times = [], values } = item;
    if (!item.times) throw new ExpressionError('only a series can be resampled, and a number was given');
    const ends: number[] = [];
    const result: (number | null)[] = [];
    let at = 0;
    let last: number | null = null;
    for (let end = from; end <= to; end += step) {
      const inside: (number | null)[] = [];
      for (; at < times.length && (times[at] ?? 0) <= end; at += 1) inside.push(values[at] ?? null);
      ends.push(end);
      if (inside.length > 0) {
        last = inside.at(-1) ?? null;
        result.push(calculated(inside, downsampler));
      } else if (upsampler === 'pad') result.push(last);
      else result.push(upsampler === 'backfilling' ? (values[at] ?? null) : null);
    }
    return { labels: item.labels, times: ends, values: result };
  });
}

const TESTS: Readonly<Record<string, (value: number, a: number, b: number) => boolean>> = {
  gt: (value, a) => value > a,
  lt: (value, a) => value < a,
  gte: (value, a) => value >= a,
  lte: (value, a) => value <= a,
  eq: (value, a) => value === a,
  ne: (value, a) => value !== a,
  within_range: (value, a, b) => value > a && value < b,
  outside_range: (value, a, b) => value < a || value > b,
  within_range_included: (value, a, b) => value >= a && value <= b,
  outside_range_included: (value, a, b) => value <= a || value >= b,
};

/** 1 where a value meets the condition, 0 where it does not. */
export function judged(items: readonly Item[], { conditions }: ExpressionJson): Item[] {
  const { type = '', params = [] } = conditions?.[0]?.evaluator ?? {};
  const test = TESTS[type];
  if (!test) throw new ExpressionError(`there is no threshold “${type}”`);
  const [a = 0, b = 0] = params;
  return items.map((item) =>
    mapped(item, (value) => (value === null || Number.isNaN(value) ? null : Number(test(value, a, b)))),
  );
}
