/** `$__interval`, `$__rate_interval` and the other variables that follow from the time range. */
import { formatDuration, niceStep, parseDuration } from '../lib/duration';
import type { TimeRange } from '../lib/timeRange';
import type { Scope } from './interpolate';

/** How often the lab scrapes, unless its data source says otherwise. */
const SCRAPE_INTERVAL = 5000;
/** Points that a panel of the screen's width can show. */
const MOST_POINTS = 11_000;

/** The distance between points that suits a range and a panel's width in pixels, in milliseconds. */
export function stepFor(range: TimeRange, maxDataPoints: number, minInterval?: string): number {
  const least = (minInterval && parseDuration(minInterval.replace(/^>=?/, ''))) || SCRAPE_INTERVAL;
  const exact = (range.to - range.from) / Math.max(1, Math.min(maxDataPoints, MOST_POINTS));
  return Math.max(niceStep(exact), least);
}

/** The built-in variables for a range and a step, after Grafana's documentation of them. */
export function builtIns(range: TimeRange, step: number): Scope {
  const length = range.to - range.from;
  const rate = Math.max(step + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL);
  const values: Record<string, string> = {
    __interval: formatDuration(step),
    __interval_ms: String(step),
    __rate_interval: formatDuration(rate),
    __rate_interval_ms: String(rate),
    __range: `${Math.round(length / 1000)}s`,
    __range_s: String(Math.round(length / 1000)),
    __range_ms: String(length),
    __from: String(range.from),
    __to: String(range.to),
    // Loki's own: the range of the query's metric part.
    __auto: formatDuration(Math.max(step, 1000)),
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { values: [value] }]));
}
