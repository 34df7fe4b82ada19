/** A way to the request metrics of a service, whichever convention they follow; or what was looked for in vain. */
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { queryInstant } from '../api/prometheus';
import { presenceQuery, requestsOf, vain } from '../explore/correlate';
import { around, exploreUrl, MINUTE } from '../explore/links';
import { labelsText } from '../lib/frame';

interface MetricsLinkProps {
  /** The names that the service may have, the surest first. */
  names: readonly string[];
  route?: string | undefined;
  /** The time of what it is about, in milliseconds since the epoch. */
  from: number;
  to?: number;
  children: ReactNode;
}

/** What is there in one minute is asked for once. */
const KEPT = 30_000;

export function MetricsLink({ names, route, from, to = from, children }: MetricsLinkProps) {
  // A scrape that follows has what was counted until then.
  const at = Math.ceil((to + MINUTE) / MINUTE) * MINUTE;
  const { data: found } = useQuery({
    queryKey: ['presence', at],
    queryFn: async ({ signal }) => {
      const time = Math.min(at, Date.now());
      const { frames } = await queryInstant('prometheus', presenceQuery(), time, 'A', labelsText, signal);
      return frames.map(({ fields }) => fields.find(({ type }) => type === 'number')?.labels ?? {});
    },
    staleTime: KEPT,
  });
  if (!found) return null;
  const asked = requestsOf(names, route, found);
  if (!asked) return <span className="muted">{vain('No metrics', names)}</span>;
  const right = asked.duration ? ({ signal: 'metrics', query: asked.duration } as const) : undefined;
  const href = exploreUrl({ signal: 'metrics', query: asked.rate }, around(from, to, 5 * MINUTE), right);
  return <Link href={href}>{children}</Link>;
}
