import { expect, it } from 'vitest';
import { dateTime } from './clock';
import { niceNumber, niceTicks } from './nice';

it.each([
  [0.03, 0.05],
  [1, 1],
  [7, 10],
  [0, 1],
])('%s rounds up to %s', (exact, nice) => expect(niceNumber(exact)).toBeCloseTo(nice));

it('ticks end at or above the highest value', () => {
  expect(niceTicks(5.5)).toEqual([2, 4, 6]);
  expect(niceTicks(8)).toEqual([2, 4, 6, 8]);
});

it('writes moments in ISO order', () => {
  expect(dateTime(new Date(2026, 0, 5, 7, 8, 9).getTime())).toBe('2026-01-05 07:08:09');
});
