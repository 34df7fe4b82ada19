/** One trace: what it was, how concurrent it was, and its spans over time. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import { queryRange } from '../../api/loki';
import * as tempo from '../../api/tempo';
import { MetricsLink } from '../../components/MetricsLink';
import { Warning } from '../../components/Warning';
import { logsOfTrace, traceLineQueries } from '../../explore/links';
import { dateTime } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import { useTitle } from '../../state/useTitle';
import { routeOf, serviceNames, wasCancelled } from '../../trace/describe';
import { concurrencyOf, rowsOf } from '../../trace/tree';
import { CompareForm } from './CompareForm';
import { Proven } from './Proven';
import { Waterfall } from './Waterfall';
import './TracePage.css';

/** Spans of one trace arrive within seconds; until then an unknown trace is asked for again. */
const ASK_AGAIN = 1000;
/** A trace whose parents are still missing after this time will not get them any more. */
const SETTLED = 30_000;

export default function TracePage() {
  const { id = '' } = useParams<{ id: string }>();
  const [opened] = useState(() => Date.now());
  const found = useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }) => (await tempo.trace('tempo', id, signal)) ?? null,
    refetchInterval: (query) => (isWhole(query.state.data) ? false : ASK_AGAIN),
  });
  if (found.error) {
    return (
      <p className="app-wait" role="alert">
        {found.error.message}
      </p>
    );
  }
  if (!found.data)
    return (
      <p className="app-wait">{found.isPending ? 'Loading…' : absent(id, found.dataUpdatedAt - opened)}</p>
    );
  return <TraceView trace={found.data} />;
}

/** Why there is no such trace, after having asked for it for so many milliseconds. */
function absent(id: string, asked: number): string {
  if (asked < SETTLED) return `No trace ${id} yet; asking again every second.`;
  return `The trace store has no trace ${id}. It was not sampled, is older than what the store keeps, or its spans were sent elsewhere. The page keeps asking.`;
}

/** Services send their spans on their own; until every span has its parent, more are on their way. */
function isWhole(trace: tempo.Trace | null | undefined): boolean {
  if (!trace) return false;
  return Date.now() - trace.startedAt > SETTLED || !rowsOf(trace).some(({ orphan }) => orphan);
}

function TraceView({ trace }: { trace: tempo.Trace }) {
  const rows = useMemo(() => rowsOf(trace), [trace]);
  const lines = useTraceLines(trace);
  const services = new Set(trace.spans.map(({ service }) => service)).size;
  const errors = trace.spans.filter(({ error }) => error).length;
  const root = rows[0]?.span;
  const asked = useMemo(() => trace.spans.find(({ kind }) => kind === 'server') ?? root, [trace, root]);
  const served = useMemo(() => asked && routeOf(asked, new Map()), [asked]);
  useTitle([root && `${root.service} ${root.name}`, 'Trace']);
  return (
    <div className="trace">
      <header>
        <div className="trace-head">
          <h1>
            <span className="muted">{root?.service}</span> {root?.name}
          </h1>
          {lines && lines.lines.length === 0 ? (
            <span className="muted">No log line has this trace&rsquo;s id, beside its text or in it</span>
          ) : (
            <Link
              href={logsOfTrace(
                lines?.query ?? traceLineQueries(trace.id)[0],
                trace.startedAt,
                trace.duration,
              )}
            >
              Logs of this trace
            </Link>
          )}
          {asked && (
            <MetricsLink
              names={serviceNames(asked)}
              route={served?.route}
              from={trace.startedAt}
              to={trace.startedAt + trace.duration}
            >
              Rate, errors and duration of {served?.route ?? asked.service}
            </MetricsLink>
          )}
          <CompareForm id={trace.id} />
        </div>
        {trace.partial && <Warning>{trace.partial}</Warning>}
        <dl className="trace-facts">
          <Fact name="Duration" value={formatValue(trace.duration, 'ms')} />
          <Fact name="Started" value={dateTime(trace.startedAt)} />
          <Fact name="Spans" value={String(trace.spans.length)} />
          <Fact name="Services" value={String(services)} />
          {errors > 0 && <Fact name="Errors" value={String(errors)} />}
          <Fact name="Log lines" value={lines ? String(lines.lines.length) : '…'} />
          <Fact name="Trace" value={trace.id} />
        </dl>
        <Overlap trace={trace} />
        <Proven id={trace.id} spans={trace.spans.length} />
      </header>
      <Waterfall trace={trace} rows={rows} lines={lines?.lines ?? []} />
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The achieved parallelism of a batch and its theory, in one line. */
function Overlap({ trace }: { trace: tempo.Trace }) {
  const batch = useMemo(() => concurrencyOf(trace), [trace]);
  if (!batch) return null;
  const { rolls, parallelism, greatestOverlap, startSpread, ideal } = batch;
  const cancelled = trace.spans.filter(wasCancelled).length;
  if (rolls === 1) return <p className="trace-overlap">A batch of one roll: nothing to overlap.</p>;
  return (
    <p className="trace-overlap">
      <b>{rolls} rolls</b> began within {formatValue(startSpread, 'ms', 1)}, {greatestOverlap} were under way
      at once: <b>{parallelism.toFixed(1)} times</b> the speed of one after another.{' '}
      <span className="muted">
        {cancelled > 0
          ? `${cancelled} were cancelled when one failed, so this figure says little about the speed-up.`
          : `With delays uniform in [0, 1) s many batches come to (n+1)/2 = ${ideal.toFixed(1)}.`}
      </span>
    </p>
  );
}

/** All log lines of the trace, whichever service wrote them. */
function useTraceLines(trace: tempo.Trace) {
  const range = { from: trace.startedAt - 60_000, to: trace.startedAt + trace.duration + 60_000, step: 1000 };
  const options = { limit: 1000, refId: 'A', forward: true };
  const { data } = useQuery({
    queryKey: ['trace-lines', trace.id],
    queryFn: async ({ signal }) => {
      const [carried, written] = traceLineQueries(trace.id);
      const { lines } = await queryRange('loki', carried, range, options, signal);
      if (lines.length > 0) return { query: carried, lines };
      return { query: written, lines: (await queryRange('loki', written, range, options, signal)).lines };
    },
  });
  return data;
}
