/**
 * The addresses that lead from one signal to another. All are plain links: whatever Explore shows can be sent to
 * somebody. Times are milliseconds since the epoch. Pure.
 */
import type { Labels, LogLine } from '../lib/frame';
import { fieldsOf } from '../lib/logLine';
import type { RawRange, TimeRange } from '../lib/timeRange';
import type { Signal } from './signals';

/** What one half of Explore asks. */
export interface PaneState {
  signal: Signal;
  query: string;
}

/** The address of Explore with one query, or two side by side. */
export function exploreUrl(left: PaneState, range?: RawRange, right?: PaneState): string {
  const params = new URLSearchParams({ signal: left.signal, query: left.query });
  if (right) {
    params.set('signal2', right.signal);
    params.set('query2', right.query);
  }
  if (range) {
    params.set('from', range.from);
    params.set('to', range.to);
  }
  return `/explore?${params}`;
}

/** The address of a trace. */
export function traceUrl(id: string): string {
  return `/explore/trace/${encodeURIComponent(id)}`;
}

/** A string of PromQL, LogQL or TraceQL. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** The selector of a PromQL or LogQL query that finds exactly these labels. */
export function selectorOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const written = /^[A-Za-z_]\w*$/.test(name) ? name : quoted(name);
    return `${written}=${quoted(value)}`;
  });
  return `{${pairs.join(', ')}}`;
}

const MINUTE = 60_000;

/** Some time before and after, as the address writes it. */
function around(from: number, to: number, margin: number): RawRange {
  return { from: String(Math.floor(from - margin)), to: String(Math.ceil(to + margin)) };
}

/** Trace → logs: every line that any service wrote for it. */
export function logsOfTrace(id: string, startedAt: number, duration: number): string {
  const query = `{service_name=~".+"} | trace_id=${quoted(id)}`;
  return exploreUrl({ signal: 'logs', query }, around(startedAt, startedAt + duration, MINUTE));
}

/** Trace → metrics: rate and errors of a route beside its duration. */
export function metricsOfRoute(service: string, route: string, startedAt: number, duration: number): string {
  const selector = `{job=~${quoted(`${escapeRegex(service)}(-.+)?`)}, handler=${quoted(route)}}`;
  const rate = `sum by (status) (rate(http_requests_total${selector}[1m]))`;
  const time = `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket${selector}[1m])))`;
  return exploreUrl({ signal: 'metrics', query: rate }, around(startedAt, startedAt + duration, 5 * MINUTE), {
    signal: 'metrics',
    query: time,
  });
}

/** Log → logs: what the same container wrote just before and after. */
export function logsAround(line: LogLine): string {
  const { container_name: container, service_name: service } = line.labels;
  const query = container
    ? `{container_name=${quoted(container)}}`
    : service
      ? `{service_name=${quoted(service)}}`
      : '{service_name=~".+"}';
  const at = millisecondsOf(line);
  return exploreUrl({ signal: 'logs', query }, around(at, at, 5000));
}

/** Log → metrics: the rolls of the die that a line names, else the requests of its service. */
export function metricsOfLine(line: LogLine): string | undefined {
  const at = millisecondsOf(line);
  const range = around(at, at, 5 * MINUTE);
  const { die_type: die, message = '' } = (fieldsOf(line.line) ?? {}) as Record<string, unknown>;
  if (typeof die === 'string') {
    const name = /async/i.test(String(message)) ? 'async_rolls_total' : 'dice_rolls_total';
    const query = `sum by (result) (rate(${name}{die_type=${quoted(die)}}[1m]))`;
    return exploreUrl({ signal: 'metrics', query }, range);
  }
  const job = line.labels.container_name;
  if (!job) return undefined;
  const query = `sum by (handler, status) (rate(http_requests_total{job=${quoted(job)}}[1m]))`;
  return exploreUrl({ signal: 'metrics', query }, range);
}

/** Labels of metrics which the lines carry as fields under the same name. */
const SHARED_FIELDS = ['die_type', 'identifier', 'strategy'];

/** Metric → logs: the lines of the series' job, narrowed to its die. What the series leaves open, its query may say. */
export function logsOfSeries(labels: Labels, query: string, range: TimeRange): string {
  const known = (name: string) =>
    labels[name] ?? new RegExp(`\\b${name}\\s*=\\s*"([^"\\\\]*)"`).exec(query)?.[1];
  const job = known('job') ?? known('container_name');
  const selector = job ? `{container_name=${quoted(job)}}` : '{container_name=~".+"}';
  const fields = SHARED_FIELDS.flatMap((name) => {
    const value = known(name);
    return value ? [`| ${name}=${quoted(value)}`] : [];
  });
  const pipeline = fields.length > 0 ? ` | json ${fields.join(' ')}` : '';
  return exploreUrl(
    { signal: 'logs', query: selector + pipeline },
    { from: String(range.from), to: String(range.to) },
  );
}

function millisecondsOf({ timestamp }: LogLine): number {
  return Number(BigInt(timestamp) / 1_000_000n);
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
