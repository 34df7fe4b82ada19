/**
 * What is probably meant by a query that was refused or found nothing, as buttons that run it. Only queries that were tried are
 * offered: they find something, or at least are understood where the query was not.
 */
import { useQueries, useQuery } from '@tanstack/react-query';
import type { Correction, Said } from '../../explore/corrections/correction';
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
  // A range that moves on with the clock is asked again now and then only.
  const place = [signal, uid, Math.floor(range.to / KEPT), range.to - range.from];
  const tried = (text: string) => ({
    queryKey: ['probe', text, ...place],
    queryFn: ({ signal: abort }: { signal: AbortSignal }) =>
      probe({ signal, uid, query: text, range }, abort),
    retry: false,
  });
  const { data: said } = useQuery(tried(query));
  const isDoubtful = said !== undefined && (said.isEmpty || said.hints.length > 0);
  const candidates = isDoubtful ? correctionsOf(signal, query, said) : [];
  const answers = useQueries({ queries: candidates.map((one) => tried(one.query)) });
  const data = holding(candidates, answers, said?.error !== undefined);
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

/** The corrections that find something; where the query was refused and none does, the first one that is understood. */
function holding(
  candidates: readonly Correction[],
  answers: readonly { data: (Said & { isEmpty: boolean }) | undefined; isPending: boolean }[],
  wasRefused: boolean,
): readonly Correction[] {
  const helping = candidates.filter((_, at) => answers[at]?.data?.isEmpty === false);
  if (helping.length > 0 || !wasRefused || answers.some(({ isPending }) => isPending)) return helping;
  return candidates.filter((_, at) => answers[at]?.data && !answers[at].data.error).slice(0, 1);
}
