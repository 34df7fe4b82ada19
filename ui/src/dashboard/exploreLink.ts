/** The address of Explore that shows a panel's query. */
import type { RawRange } from '../lib/timeRange';
import type { SentQuery } from './queries';

const SIGNALS: Readonly<Record<string, string>> = { prometheus: 'metrics', loki: 'logs', tempo: 'traces' };

/** `undefined` for a source that Explore has no language for. */
export function exploreLink({ source, query }: SentQuery, { from, to }: RawRange): string | undefined {
  const signal = SIGNALS[source];
  return signal && `/explore?${new URLSearchParams({ signal, query, from, to })}`;
}
