/**
 * What is probably meant by a query that was refused or found nothing, as buttons that run it. Only queries that were tried are
 * offered: they find something, or at least are understood where the query was not.
 */
import { useQuery } from '@tanstack/react-query';
import type { Correction } from '../../explore/corrections/correction';
import { correctionsOf } from '../../explore/corrections/corrections';
import type { Signal } from '../../explore/signals';
import type { TimeRange } from '../../lib/timeRange';
import { probe } from './probe';

interface CorrectionsProps {
  signal: Signal;
  uid: string;
  query: string;
  range: TimeRange;
  onQuery: (query: string) => void;
}

/** How long what was tried is good for, in milliseconds. */
const KEPT = 60_000;

export function Corrections({ signal, uid, query, range, onQuery }: CorrectionsProps) {
  const { data = [] } = useQuery({
    // A range that moves on with the clock is asked again now and then only.
    queryKey: ['corrections', signal, uid, query, Math.floor(range.to / KEPT), range.to - range.from],
    queryFn: ({ signal: abort }) => tried(signal, uid, query, range, abort),
    retry: false,
  });
  if (data.length === 0) return null;
  return (
    <section className="explore-corrections" aria-label="Did you mean">
      <p>Did you mean:</p>
      <ul>
        {data.map((correction) => (
          <li key={correction.query}>
            <button type="button" className="quiet" onClick={() => onQuery(correction.query)}>
              {correction.text}
              <code>{correction.query}</code>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The corrections that hold: of a query that found something there is none to make, beyond what the store itself doubts. */
async function tried(
  signal: Signal,
  uid: string,
  query: string,
  range: TimeRange,
  abort: AbortSignal,
): Promise<Correction[]> {
  const said = await probe(signal, uid, query, range, abort);
  if (!said.isEmpty && said.hints.length === 0) return [];
  const candidates = correctionsOf(signal, query, said);
  const found = await Promise.all(candidates.map((one) => probe(signal, uid, one.query, range, abort)));
  const helping = candidates.filter((_, at) => found[at] && !found[at].isEmpty);
  if (helping.length > 0 || !said.error) return helping;
  return candidates.filter((_, at) => !found[at]?.error).slice(0, 1);
}
