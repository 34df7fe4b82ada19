/** Which TraceQL queries ask for numbers. */
import { expect, test } from 'vitest';
import { asksForNumbers } from './traceSearch';

test('a metrics function after a pipe asks for numbers', () => {
  expect(asksForNumbers('{ } | rate()')).toBe(true);
  expect(
    asksForNumbers('{ status = error } | select(name) |quantile_over_time (duration, .9) by (name)'),
  ).toBe(true);
});

test('filters, aggregates of traces and words in strings do not', () => {
  expect(asksForNumbers('{ name = "async_roll" } | count() > 3')).toBe(false);
  expect(asksForNumbers('{ name = "a | rate()" }')).toBe(false);
  expect(asksForNumbers('{ name = `a | rate()` }')).toBe(false);
});
