/** One trace: what it was, how concurrent it was, and its spans over time. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useParams } from 'wouter';
import { queryRange } from '../../api/loki';
import * as tempo from '../../api/tempo';
import { Warning } from '../../components/Warning';
import { logsOfTrace, metricsOfRoute } from '../../explore/links';
import { dateTime } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import { useTitle } from '../../state/useTitle';
import { type Route, routeOf, wasCancelled } from '../../trace/describe';
import { concurrencyOf, rowsOf } from '../../trace/tree';
import { Waterfall } from './Waterfall';
import './TracePage.css';

/** Spans of one trace arrive within seconds; until then an unknown trace is asked for again. */
const ASK_AGAIN = 1000;
/** A trace whose parents are still missing after this time will not get them any more. */
const SETTLED = 30_000;

export default function TracePage() {
  const { id = '' } = useParams<{ id: string }>();
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
      <p className="app-wait">
        {found.isPending ? 'Loading…' : `No trace ${id} yet; asking again every few seconds.`}
      </p>
    );
  return <TraceView trace={found.data} />;
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
  const served = useMemo(() => firstRoute(trace), [trace]);
  useTitle([root && `${root.service} ${root.name}`, 'Trace']);
  return (
    <div className="trace">
      <header>
        <div className="trace-head">
          <h1>
            <span className="muted">{root?.service}</span> {root?.name}
          </h1>
          <Link href={logsOfTrace(trace.id, trace.startedAt, trace.duration)}>Logs of this trace</Link>
          {served && (
            <Link href={metricsOfRoute(served.service, served.route, trace.startedAt, trace.duration)}>
              Rate, errors and duration of {served.route}
            </Link>
          )}
        </div>
        {trace.partial && <Warning>{trace.partial}</Warning>}
        <dl className="trace-facts">
          <Fact name="Duration" value={formatValue(trace.duration, 'ms')} />
          <Fact name="Started" value={dateTime(trace.startedAt)} />
          <Fact name="Spans" value={String(trace.spans.length)} />
          <Fact name="Services" value={String(services)} />
          {errors > 0 && <Fact name="Errors" value={String(errors)} />}
          <Fact name="Log lines" value={lines ? String(lines.length) : '…'} />
          <Fact name="Trace" value={trace.id} />
        </dl>
        <Overlap trace={trace} />
      </header>
      <Waterfall trace={trace} rows={rows} lines={lines ?? []} />
    </div>
  );
}

/** The route that the outermost service served. */
function firstRoute(trace: tempo.Trace): Route | undefined {
  const byId = new Map(trace.spans.map((span) => [span.id, span]));
  const server = trace.spans.find((span) => span.kind === 'server');
  return server && routeOf(server, byId);
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
  const query = `{service_name=~".+"} | trace_id="${trace.id}"`;
  const { data } = useQuery({
    queryKey: ['trace-lines', trace.id],
    queryFn: ({ signal }) =>
      queryRange('loki', query, range, { limit: 1000, refId: 'A', forward: true }, signal),
  });
  return data?.lines;
}
