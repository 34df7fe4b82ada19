/** An address of Prometheus' query page (`g0.expr`, `g0.range_input`, `g0.end_input`, …) as one of Explore. Pure. */
import { exploreUrl } from '../../explore/links';
import { parseDuration } from '../../lib/duration';
import type { RawRange } from '../../lib/timeRange';

/** The first two queries side by side; without any, Explore as it opens. */
export function exploreOf(params: URLSearchParams): string {
  const [first, second] = [0, 1].map((at) => params.get(`g${at}.expr`) ?? '');
  const right = second ? ({ signal: 'metrics', query: second } as const) : undefined;
  return exploreUrl({ signal: 'metrics', query: first ?? '' }, rangeOf(params), right);
}

function rangeOf(params: URLSearchParams): RawRange | undefined {
  const length = params.get('g0.range_input') ?? '';
  const end = momentOf(params.get('g0.end_input') ?? params.get('g0.moment_input'));
  const ms = parseDuration(length);
  if (end === undefined) return ms === undefined ? undefined : { from: `now-${length}`, to: 'now' };
  return { from: String(end - (ms ?? 3_600_000)), to: String(end) };
}

/** Prometheus writes `2026-01-31 12:00:00`, in UTC. */
function momentOf(text: string | null): number | undefined {
  const at = text ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
