/** When the data begin. */
import { expect, test } from 'vitest';
import { startOf } from './status';

const signal = (oldest_ms: number | null) => ({ oldest_ms });

test('the data begin with the oldest that a store keeps, else with the lab itself', () => {
  expect(startOf({ uptime_seconds: 40, signals: [signal(null)] }, 100_000)).toBe(60_000);
  expect(
    startOf({ uptime_seconds: 40, signals: [signal(null), signal(5900), signal(70_000)] }, 100_000),
  ).toBe(5000);
});
