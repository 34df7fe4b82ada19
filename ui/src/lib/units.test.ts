import { describe, expect, it } from 'vitest';
import { formatDuration, niceStep, parseDuration } from './duration';
import { formatValue } from './units';

describe('units', () => {
  it.each([
    [1234, 'short', undefined, '1.23 K'],
    [0.5, 's', 3, '500.000 ms'],
    [0.0000042, 's', undefined, '4.2 µs'],
    [90, 's', undefined, '1.5 mins'],
    [0, 's', undefined, '0 s'],
    [1536, 'bytes', undefined, '1.5 KiB'],
    [12.345, 'reqps', 1, '12.3 req/s'],
    [99.95, 'percent', 1, '100.0%'],
    [0.42, 'percentunit', 0, '42%'],
    [5.5, 'none', 2, '5.50'],
    [7, 'suffix: dice', undefined, '7 dice'],
    [7, 'furlong', undefined, '7 furlong'],
    [Number.NaN, 's', undefined, 'NaN'],
    [null, 's', undefined, '–'],
  ])('%s in %s with %s decimals is %s', (value, unit, decimals, text) => {
    expect(formatValue(value, unit, decimals)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    ['15m', 900_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1x', undefined],
    ['', undefined],
  ])('%s is %s ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it('writes the largest whole unit', () => {
    expect([90_000, 120_000, 1500].map(formatDuration)).toEqual(['90s', '2m', '1500ms']);
  });

  it('rounds a step up to a nice one', () => expect(niceStep(3700)).toBe(5000));
});
