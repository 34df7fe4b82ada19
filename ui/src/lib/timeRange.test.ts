/** Ranges: what a page opens with, how they are written, and how they grow. */
import { expect, test } from 'vitest';
import { describeRange, openingRange, resolveTime, shifted, writtenEnd, zoomedOut } from './timeRange';

const NOW = Date.UTC(2026, 0, 31, 12);
const HOUR = { from: 'now-1h', to: 'now' };

test('a lab that is younger than the range is shown since its start, an older one is not', () => {
  const start = NOW - 40_000;
  expect(openingRange(HOUR, start, NOW)).toEqual({ from: String(start), to: 'now' });
  expect(openingRange(HOUR, NOW - 3_600_001, NOW)).toEqual(HOUR);
  expect(openingRange(HOUR, undefined, NOW)).toEqual(HOUR);
});

test('a range that a dashboard fixes in the past, or a start in the future, changes nothing', () => {
  const past = { from: 'now-2h', to: 'now-1h' };
  expect(openingRange(past, NOW - 40_000, NOW)).toEqual(past);
  expect(openingRange(HOUR, NOW + 5000, NOW)).toEqual(HOUR);
});

test('the picker says since the start for that range only', () => {
  const start = NOW - 40_000;
  expect(describeRange({ from: String(start), to: 'now' }, start)).toBe('Since the start');
  expect(describeRange({ from: String(start + 1000), to: 'now' }, start)).not.toBe('Since the start');
  expect(describeRange(HOUR, start)).toBe('Last 1 hour');
});

test('moments are written without milliseconds and can be read back', () => {
  const written = writtenEnd(String(NOW + 123));
  expect(written).toMatch(/^2026-01-3\d \d\d:\d\d:\d\d$|^2026-02-01 \d\d:\d\d:\d\d$/);
  expect(resolveTime(written, 0)).toBe(NOW);
  expect(writtenEnd('now-15m')).toBe('now-15m');
  expect(writtenEnd('nonsense')).toBe('nonsense');
});

test('zooming out doubles the range around its middle, and stops at the present', () => {
  const inside = { from: NOW - 40_000, to: NOW - 20_000 };
  expect(zoomedOut(inside, NOW)).toEqual({ from: String(NOW - 50_000), to: String(NOW - 10_000) });
  const atTheEnd = { from: NOW - 20_000, to: NOW };
  expect(zoomedOut(atTheEnd, NOW)).toEqual({ from: String(NOW - 40_000), to: String(NOW) });
});

test('a range moves by half its length, in whole seconds', () => {
  const range = { from: NOW - 60_500, to: NOW - 500 };
  expect(shifted(range, -1)).toEqual({ from: String(NOW - 91_000), to: String(NOW - 31_000) });
  expect(shifted(range, 1)).toEqual({ from: String(NOW - 31_000), to: String(NOW + 29_000) });
});
