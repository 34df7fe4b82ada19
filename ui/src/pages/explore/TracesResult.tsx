/** A trace query: its hits over time by duration and as a list, or, if it asks for numbers, a graph of them. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { search, type TraceSummary } from '../../api/tempo';
import { Warning } from '../../components/Warning';
import type { Source } from '../../dashboard/sources';
import { traceUrl } from '../../explore/links';
import { asksForNumbers } from '../../explore/traceSearch';
import { clock } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import { serviceColors } from '../../trace/serviceColor';
import { Graph } from './Graph';
import type { ResultProps } from './result';
import { TracesProven } from './TracesProven';

const LIMIT = 100;
const SOURCES: readonly Source[] = [{ uid: 'tempo', name: 'Tempo', type: 'tempo', isDefault: true }];

export function TracesResult(props: ResultProps) {
  return asksForNumbers(props.query) ? (
    <Graph title="Graph" sources={SOURCES} target={{ query: props.query }} {...props} />
  ) : (
    <Traces {...props} />
  );
}

function Traces({ uid, query, range }: ResultProps) {
  const { data, error } = useQuery({
    queryKey: ['explore-traces', uid, query, range],
    queryFn: ({ signal }) => search(uid, { query, ...range, limit: LIMIT }, signal),
  });
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p className="app-wait">Loading…</p>;
  const { traces, warnings } = data;
  const notes = warnings.map((warning) => <Warning key={warning}>{warning}</Warning>);
  if (traces.length === 0) {
    return (
      <>
        <p className="app-wait">No trace in this range</p>
        {notes}
      </>
    );
  }
  return (
    <>
      {notes}
      <Scatter traces={traces} />
      <TracesProven query={query} range={range} />
      <div className="explore-lines">
        <table>
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Trace</th>
              <th scope="col" className="number">
                Spans
              </th>
              <th scope="col" className="number">
                Errors
              </th>
              <th scope="col" className="number">
                Duration
              </th>
              <th scope="col" className="number">
                Matched spans
              </th>
            </tr>
          </thead>
          <tbody>
            {traces.map((one) => (
              <tr key={one.traceID}>
                <td>{clock(startOf(one))}</td>
                <td>
                  <Link href={traceUrl(one.traceID)}>
                    {one.rootServiceName} {one.rootTraceName}
                  </Link>
                </td>
                <td className="number">{total(one, 'spanCount')}</td>
                <td className="number trace-errors">{total(one, 'errorCount')}</td>
                <td className="number">{formatValue(one.durationMs, 'ms')}</td>
                <td className="number">
                  {(one.spanSets ?? []).reduce((sum, { matched }) => sum + matched, 0) || ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {traces.length === LIMIT && (
          <p className="muted">The newest {LIMIT} traces; a shorter range shows the others.</p>
        )}
      </div>
    </>
  );
}

/** A dot a trace: when it began, how long it took. The times run over the traces found, not over the whole range. */
function Scatter({ traces }: { traces: readonly TraceSummary[] }) {
  const starts = traces.map(startOf);
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  const slowest = Math.max(...traces.map(({ durationMs }) => durationMs), 1);
  const colors = serviceColors(traces.map(({ rootServiceName }) => rootServiceName));
  return (
    <figure className="scatter">
      <figcaption>Duration over time</figcaption>
      <div className="scatter-y" aria-hidden="true">
        <span>{formatValue(slowest, 'ms')}</span>
        <span>{formatValue(slowest / 2, 'ms')}</span>
        <span>0</span>
      </div>
      <div className="scatter-plot">
        {traces.map((one) => {
          const left = last > first ? ((startOf(one) - first) / (last - first)) * 100 : 50;
          const label = `${one.rootServiceName} ${one.rootTraceName}, ${formatValue(one.durationMs, 'ms')}`;
          const failed = Object.values(one.serviceStats ?? {}).some(({ errorCount = 0 }) => errorCount > 0);
          return (
            <Link
              key={one.traceID}
              href={traceUrl(one.traceID)}
              style={{
                left: `${left}%`,
                bottom: `${(one.durationMs / slowest) * 100}%`,
                background: failed ? 'var(--bad)' : colors.get(one.rootServiceName),
              }}
              aria-label={label}
              title={label}
            />
          );
        })}
      </div>
      <div className="scatter-x" aria-hidden="true">
        <span>{clock(first)}</span>
        <span>{clock(last)}</span>
      </div>
    </figure>
  );
}

function total({ serviceStats }: TraceSummary, count: 'spanCount' | 'errorCount'): number | '' {
  return Object.values(serviceStats ?? {}).reduce((sum, one) => sum + (one[count] ?? 0), 0) || '';
}

function startOf({ startTimeUnixNano }: TraceSummary): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}
