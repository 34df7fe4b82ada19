/** A trace search: its hits over time by duration, and as a list. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { search, type TraceSummary } from '../../api/tempo';
import { colorOf } from '../../lib/color';
import type { TimeRange } from '../../lib/timeRange';
import { formatValue } from '../../lib/units';
import type { ResultProps } from './result';

const LIMIT = 100;

export function TracesResult({ uid, query, range }: ResultProps) {
  const { data, error } = useQuery({
    queryKey: ['explore-traces', uid, query, range],
    queryFn: ({ signal }) => search(uid, { query, ...range, limit: LIMIT }, signal),
  });
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p className="app-wait">Loading…</p>;
  if (data.length === 0) return <p className="app-wait">No trace in this range</p>;
  return (
    <>
      <Scatter traces={data} range={range} />
      <div className="explore-lines">
        <table>
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Trace</th>
              <th scope="col" className="number">
                Duration
              </th>
              <th scope="col" className="number">
                Matched spans
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((one) => (
              <tr key={one.traceID}>
                <td>{new Date(startOf(one)).toLocaleTimeString()}</td>
                <td>
                  <Link href={`/explore/trace/${one.traceID}`}>
                    {one.rootServiceName} {one.rootTraceName}
                  </Link>
                </td>
                <td className="number">{formatValue(one.durationMs, 'ms')}</td>
                <td className="number">
                  {(one.spanSets ?? []).reduce((sum, { matched }) => sum + matched, 0) || ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {data.length === LIMIT && (
          <p className="muted">The newest {LIMIT} traces; a shorter range shows the others.</p>
        )}
      </div>
    </>
  );
}

/** A dot a trace: when it began, how long it took. */
function Scatter({ traces, range }: { traces: readonly TraceSummary[]; range: TimeRange }) {
  const slowest = Math.max(...traces.map(({ durationMs }) => durationMs), 1);
  return (
    <figure className="scatter">
      <figcaption className="muted">Duration over time, up to {formatValue(slowest, 'ms')}</figcaption>
      <div className="scatter-plot">
        {traces.map((one) => {
          const left = ((startOf(one) - range.from) / (range.to - range.from)) * 100;
          const bottom = (one.durationMs / slowest) * 92;
          const label = `${one.rootServiceName} ${one.rootTraceName}, ${formatValue(one.durationMs, 'ms')}`;
          return (
            <Link
              key={one.traceID}
              href={`/explore/trace/${one.traceID}`}
              style={{ left: `${left}%`, bottom: `${bottom}%`, background: colorOf(one.rootServiceName) }}
              aria-label={label}
              title={label}
            />
          );
        })}
      </div>
    </figure>
  );
}

function startOf({ startTimeUnixNano }: TraceSummary): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}
