/** Where the map and the table of operations lead: to the traces and to the panels behind a number. Pure. */
import { exploreUrl, quoted } from '../explore/links';
import type { RawRange } from '../lib/timeRange';
import type { Edge } from './graph';
import type { Operation } from './operations';

/** The traces in which one service called the other. */
export function tracesOfEdge({ client, server, connection }: Edge, range: RawRange): string {
  const of = (service: string) => `resource.service.name = ${quoted(service)}`;
  const clientSpan = `{ ${of(client)} && (kind = client || kind = producer) }`;
  const serverSpan = `{ ${of(server)} && (kind = server || kind = consumer) }`;
  return exploreUrl({ signal: 'traces', query: query() }, range);

  function query(): string {
    // Of a database only the client's span is known, and of a user only the server's.
    if (connection === 'database') return clientSpan;
    if (connection === 'virtual_node') {
      return client === 'user' ? `{ ${of(server)} && nestedSetParent < 0 }` : clientSpan;
    }
    return `${clientSpan} > ${serverSpan}`;
  }
}

/** Rate by outcome, and duration, of the calls between two services. */
export function panelsOfEdge({ client, server, connection }: Edge, range: RawRange): string {
  const labels = `{client=${quoted(client)}, server=${quoted(server)}, connection_type=${quoted(connection)}}`;
  const metric = 'traces_service_graph_request';
  const calls = (name: string, label: string) =>
    `label_replace(sum(rate(${metric}_${name}${labels}[1m])), "calls", "${label}", "", "")`;
  const rate = `${calls('total', 'all')} or ${calls('failed_total', 'failed')}`;
  const p95 = `histogram_quantile(0.95, sum by (le) (rate(${metric}_server_seconds_bucket${labels}[1m])))`;
  return exploreUrl({ signal: 'metrics', query: rate }, range, { signal: 'metrics', query: p95 });
}

/** The traces with spans of an operation. */
export function tracesOfOperation({ service, name, kind }: Operation, range: RawRange): string {
  const ofKind = kind && kind !== 'unspecified' ? ` && kind = ${kind}` : '';
  const query = `{ resource.service.name = ${quoted(service)} && name = ${quoted(name)}${ofKind} }`;
  return exploreUrl({ signal: 'traces', query }, range);
}

/** Rate by status, and duration, of an operation. */
export function panelsOfOperation({ service, name, kind }: Operation, range: RawRange): string {
  const spanKind = kind && `SPAN_KIND_${kind.toUpperCase()}`;
  const labels = `{service=${quoted(service)}, span_name=${quoted(name)}, span_kind=${quoted(spanKind)}}`;
  const rate = `sum by (status_code) (rate(traces_spanmetrics_calls_total${labels}[1m]))`;
  const p95 = `histogram_quantile(0.95, sum by (le) (rate(traces_spanmetrics_latency_bucket${labels}[1m])))`;
  return exploreUrl({ signal: 'metrics', query: rate }, range, { signal: 'metrics', query: p95 });
}
