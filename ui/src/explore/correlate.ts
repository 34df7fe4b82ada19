/**
 * What belongs together in the three stores, found by what is there: the names by which each signal knows a service
 * (`service.name`, `service_name`, `job`, …), and the semantic conventions of request metrics. Pure.
 */
import type { Labels, LogLine } from '../lib/frame';
import { fieldsOf } from '../lib/logLine';
import type { TimeRange } from '../lib/timeRange';
import { exploreUrl, quoted, selectorOf } from './links';

/** Labels that name the service of a stream or a series, the surest first. */
const SERVICE_LABELS = [
  'service_name',
  'service',
  'job',
  'exported_job',
  'container_name',
  'container',
  'k8s_container_name',
  'compose_service',
  'app',
] as const;

/** The names that a line's service may have elsewhere, the surest first. */
export function namesOfLine({ labels, metadata, line }: LogLine): string[] {
  const fields = fieldsOf(line) ?? {};
  const own = [metadata.service_name, fields.service, fields['service.name'], ...namesIn(labels)];
  return distinct(own.filter((name): name is string => typeof name === 'string'));
}

/** The names that labels give a service. */
function namesIn(labels: Labels): string[] {
  return distinct(SERVICE_LABELS.flatMap((label) => labels[label] ?? []));
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => name !== '' && name !== 'unknown_service'))];
}

/** How well two names fit: the same, the same but for a namespace (`shop/cart`), the same but for a suffix; 0 for not. */
function likeness(one: string, other: string): number {
  if (one === other) return 3;
  const bare = (name: string) => name.slice(name.lastIndexOf('/') + 1);
  if (bare(one) === bare(other)) return 2;
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return long.startsWith(`${short}-`) ? 1 : 0;
}

/** The best of the things whose labels name one of these services; `undefined` if none does. */
function bestOf<T>(
  names: readonly string[],
  things: readonly T[],
  labelsOf: (thing: T) => Labels,
): T | undefined {
  let best: { thing: T; score: number } | undefined;
  for (const thing of things) {
    const theirs = namesIn(labelsOf(thing));
    for (const [place, name] of names.entries()) {
      const score = Math.max(0, ...theirs.map((other) => likeness(name, other))) * 100 - place;
      if (score > 0 && score > (best?.score ?? 0)) best = { thing, score };
    }
  }
  return best?.thing;
}

/** A selector of the streams of a service, by the label that names it; `undefined` if no stream does. */
export function streamsOf(names: readonly string[], streams: readonly Labels[]): string | undefined {
  const best = bestOf(names, streams, (labels) => labels);
  if (!best) return undefined;
  const named = SERVICE_LABELS.flatMap((label) => {
    const score = Math.max(0, ...names.map((name) => likeness(name, best[label] ?? '')));
    return best[label] && score > 0 ? [{ label, score }] : [];
  });
  const [surest] = named.sort((a, b) => b.score - a.score);
  return surest && selectorOf({ [surest.label]: best[surest.label] ?? '' });
}

/** A field of the dice's lines which is a label of their metrics, too. */
const DIE = 'die_type';

/**
 * Metric → logs: the lines of the series' service, by the streams that there are, narrowed to its die if it has one. What
 * the series leaves open, its query may say.
 */
export function logsOfSeries(
  labels: Labels,
  query: string,
  range: TimeRange,
  streams: readonly Labels[],
): { href: string } | { nothing: string } {
  const written = Array.from(query.matchAll(/([A-Za-z_]\w*)\s*=\s*"([^"\\]*)"/g));
  const said: Labels = { ...Object.fromEntries(written.map(([, name, value]) => [name, value])), ...labels };
  const names = namesIn(said);
  const selector = names.length > 0 ? streamsOf(names, streams) : '{service_name=~".+"}';
  if (selector === undefined) return { nothing: vain('No log lines', names) };
  const die = said[DIE];
  const narrowed = die ? `${selector} | json | ${DIE}=${quoted(die)}` : selector;
  const times = { from: String(range.from), to: String(range.to) };
  return { href: exploreUrl({ signal: 'logs', query: narrowed }, times) };
}

/** A convention for the metrics of requests: which series counts them, and how their durations are had. */
interface Convention {
  /** The metric by which it is recognised. */
  metric: string;
  /** The label of the route, and the one of the outcome. */
  route: string;
  outcome: string;
  rate: (selector: string, outcome: string) => string;
  duration: (selector: string) => string;
}

/** Classic histograms: a counter of requests beside buckets of their durations. */
function classic(counter: string, histogram: string, route: string, outcome: string): Convention {
  return {
    metric: counter,
    route,
    outcome,
    rate: (selector, by) => `sum by (${by}) (rate(${counter}${selector}[1m]))`,
    duration: (selector) =>
      `histogram_quantile(0.95, sum by (le) (rate(${histogram}_bucket${selector}[1m])))`,
  };
}

/** The same in one native histogram. */
function native(histogram: string, route: string, outcome: string): Convention {
  return {
    metric: histogram,
    route,
    outcome,
    rate: (selector, by) => `histogram_count(sum by (${by}) (rate(${histogram}${selector}[1m])))`,
    duration: (selector) => `histogram_quantile(0.95, sum(rate(${histogram}${selector}[1m])))`,
  };
}

const HTTP = 'http_server_request_duration_seconds';
const RPC = ['rpc_server_call_duration_seconds', 'rpc_server_duration_milliseconds'];

const CONVENTIONS: readonly Convention[] = [
  classic('http_requests_total', 'http_request_duration_seconds', 'handler', 'status'),
  classic(`${HTTP}_count`, HTTP, 'http_route', 'http_response_status_code'),
  native(HTTP, 'http_route', 'http_response_status_code'),
  classic(
    'http_server_duration_milliseconds_count',
    'http_server_duration_milliseconds',
    'http_route',
    'http_status_code',
  ),
  ...RPC.map((name) => classic(`${name}_count`, name, 'rpc_method', 'rpc_grpc_status_code')),
  classic('traces_spanmetrics_calls_total', 'traces_spanmetrics_latency', 'span_name', 'status_code'),
];

/** Metrics that say no more than that a service is there. */
const PRESENCE = ['target_info', 'up'];

/** What is asked of the metric store to find a service: every request metric with what names its service and routes. */
export function presenceQuery(): string {
  const routes = [...new Set(CONVENTIONS.map(({ route }) => route))].filter((route) => route !== 'span_name');
  const names = [...CONVENTIONS.map(({ metric }) => metric), ...PRESENCE].join('|');
  return `count by (__name__, ${[...SERVICE_LABELS, ...routes].join(', ')}) ({__name__=~${quoted(names)}})`;
}

/** The queries for a service's requests; one alone where only the service's own metrics are known. */
export interface RequestQueries {
  rate: string;
  duration?: string;
}

/**
 * The requests of a service, of one route where the metrics tell routes apart; `undefined` if `found`, the answer to
 * {@link presenceQuery}, has nothing of it.
 */
export function requestsOf(
  names: readonly string[],
  route: string | undefined,
  found: readonly Labels[],
): RequestQueries | undefined {
  for (const convention of CONVENTIONS) {
    const theirs = found.filter((labels) => labels.__name__ === convention.metric);
    const best = bestOf(names, theirs, (labels) => labels);
    if (!best) continue;
    const who = identityOf(best);
    const routed =
      route !== undefined && theirs.some((one) => one[convention.route] === route && within(who, one));
    const selector = selectorOf({ ...who, ...(routed && { [convention.route]: route }) });
    return { rate: convention.rate(selector, convention.outcome), duration: convention.duration(selector) };
  }
  const present = found.filter((labels) => PRESENCE.includes(labels.__name__ ?? ''));
  const best = bestOf(names, present, (labels) => labels);
  return best && { rate: selectorOf(identityOf(best)) };
}

/** The labels that name the service of a series. */
function identityOf(labels: Labels): Labels {
  return Object.fromEntries(
    SERVICE_LABELS.flatMap((label) => (labels[label] ? [[label, labels[label]]] : [])),
  );
}

function within(small: Labels, large: Labels): boolean {
  return Object.entries(small).every(([name, value]) => large[name] === value);
}

/** What was looked for in vain, in words. */
export function vain(what: string, names: readonly string[]): string {
  const asked = names.length > 0 ? names.map((name) => `“${name}”`).join(' or ') : 'a service without a name';
  return `${what} of ${asked}: looked at ${SERVICE_LABELS.slice(0, 5).join(', ')}`;
}
