/** Tempo's HTTP API: search, and one trace turned into the page's own model at the door. */
import type { Frame } from '../lib/frame';
import { seriesFrame } from '../lib/frame';
import { dataSourcePath, getJson } from './client';
import type { QueryRange } from './prometheus';

/** A value of an attribute, as OTLP's JSON writes it. */
interface AnyValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values?: AnyValue[] };
  kvlistValue?: { values?: KeyValue[] };
}

interface KeyValue {
  key: string;
  value?: AnyValue;
}

interface WireSpan {
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  events?: { timeUnixNano: string; name: string; attributes?: KeyValue[] }[];
  links?: { traceId: string; spanId: string; attributes?: KeyValue[] }[];
  status?: { code?: string; message?: string };
}

interface WireScope {
  name?: string;
  version?: string;
  attributes?: KeyValue[];
}

interface WireTrace {
  resourceSpans?: {
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: { scope?: WireScope; spans?: WireSpan[] }[];
  }[];
}

export type AttributeValue = string | number | boolean | AttributeValue[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A span. Times are milliseconds, relative times are from the trace's own start. */
export interface Span {
  id: string;
  parentId: string;
  service: string;
  name: string;
  kind: string;
  start: number;
  duration: number;
  attributes: Attributes;
  resource: Attributes;
  events: { time: number; name: string; attributes: Attributes }[];
  /** Spans of this or other traces that it names without being their child. */
  links: { traceId: string; spanId: string; attributes: Attributes }[];
  /** The library that made it, `name` and `version` first. */
  scope: Attributes;
  error: boolean;
  statusMessage: string;
}

/** A trace: its spans in order of their start, and when it began (milliseconds since the epoch). */
export interface Trace {
  id: string;
  startedAt: number;
  duration: number;
  spans: Span[];
  /** What of it is missing, if anything is. */
  partial?: string;
}

/** An answer that may lack something, and then says what. */
interface Completeness {
  status?: 'PARTIAL';
  message?: string;
}

/** One row of a search. */
export interface TraceSummary {
  traceID: string;
  rootServiceName: string;
  rootTraceName: string;
  startTimeUnixNano: string;
  durationMs: number;
  /** By service; a count of zero may be left out. */
  serviceStats?: Record<string, { spanCount?: number; errorCount?: number }>;
  spanSets?: { matched: number; spans: { spanID: string; name?: string; durationNanos: string }[] }[];
}

/** A trace by id, or `undefined` if the store has none. */
export async function trace(uid: string, id: string, signal?: AbortSignal): Promise<Trace | undefined> {
  const path = dataSourcePath(uid, `/api/v2/traces/${encodeURIComponent(id)}`);
  const answer = await getJson<Completeness & { trace?: WireTrace }>(path, {}, signal);
  const spans = (answer.trace?.resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const attributes = toAttributes(resource?.attributes);
    return (scopeSpans ?? []).flatMap(({ scope, spans: inner }) =>
      (inner ?? []).map((span) => ({ span, attributes, scope: scopeAttributes(scope) })),
    );
  });
  if (spans.length === 0) return undefined;
  let first = BigInt(spans[0]?.span.startTimeUnixNano ?? 0);
  for (const { span } of spans) {
    const start = BigInt(span.startTimeUnixNano);
    if (start < first) first = start;
  }
  const converted = spans.map(({ span, attributes, scope }) => toSpan(span, attributes, scope, first));
  converted.sort((a, b) => a.start - b.start);
  const duration = Math.max(...converted.map((span) => span.start + span.duration));
  const [partial] = warningsOf(answer);
  return { id, startedAt: Number(first) / 1e6, duration, spans: converted, ...(partial && { partial }) };
}

export interface SearchOptions {
  query: string;
  from: number;
  to: number;
  limit: number;
}

export async function search(
  uid: string,
  options: SearchOptions,
  signal?: AbortSignal,
): Promise<{ traces: TraceSummary[]; warnings: string[] }> {
  const params = {
    q: options.query,
    start: Math.floor(options.from / 1000),
    end: Math.ceil(options.to / 1000),
    limit: options.limit,
  };
  const answer = await getJson<Completeness & { traces?: TraceSummary[] }>(
    dataSourcePath(uid, '/api/search'),
    params,
    signal,
  );
  // Answers leave leading zeros of an id out, and a duration of zero.
  const traces = (answer.traces ?? []).map((one) => ({
    ...one,
    traceID: one.traceID.padStart(32, '0'),
    durationMs: one.durationMs ?? 0,
  }));
  return { traces, warnings: warningsOf(answer) };
}

interface MetricSeries {
  labels?: KeyValue[];
  samples?: { timestampMs: string; value?: number }[];
}

/** A TraceQL metrics query. */
export async function queryRange(
  uid: string,
  query: string,
  range: QueryRange,
  refId: string,
  signal?: AbortSignal,
): Promise<{ frames: Frame[]; warnings: string[] }> {
  const params = {
    q: query,
    start: Math.floor(range.from / 1000),
    end: Math.ceil(range.to / 1000),
    step: `${range.step}ms`,
  };
  const path = dataSourcePath(uid, '/api/metrics/query_range');
  const answer = await getJson<Completeness & { series?: MetricSeries[] }>(path, params, signal);
  const frames = (answer.series ?? []).map(({ labels, samples }) => {
    const named = Object.fromEntries((labels ?? []).map(({ key, value }) => [key, String(toValue(value))]));
    const name = Object.values(named).join(', ');
    const points = samples ?? [];
    return seriesFrame(
      refId,
      name,
      named,
      points.map(({ timestampMs }) => Number(timestampMs)),
      points.map(({ value }) => value ?? 0),
    );
  });
  return { frames, warnings: warningsOf(answer) };
}

/** Values that an attribute has, for completion. */
export async function tagValues(uid: string, tag: string, signal?: AbortSignal): Promise<string[]> {
  const path = dataSourcePath(uid, `/api/v2/search/tag/${encodeURIComponent(tag)}/values`);
  const answer = await getJson<{ tagValues?: { value: string }[] }>(path, {}, signal);
  return (answer.tagValues ?? []).map(({ value }) => value);
}

/** Names of attributes by scope, for completion. */
export async function tagNames(uid: string, signal?: AbortSignal): Promise<string[]> {
  const answer = await getJson<{ scopes?: { name: string; tags?: string[] }[] }>(
    dataSourcePath(uid, '/api/v2/search/tags'),
    {},
    signal,
  );
  return (answer.scopes ?? []).flatMap(({ name, tags }) =>
    (tags ?? []).map((tag) => (name === 'intrinsic' ? tag : `${name}.${tag}`)),
  );
}

function warningsOf({ status, message }: Completeness): string[] {
  return status === 'PARTIAL' ? [message ?? 'the answer is partial'] : [];
}

function scopeAttributes({ name, version, attributes }: WireScope = {}): Attributes {
  return { ...(name && { name }), ...(version && { version }), ...toAttributes(attributes) };
}

function toSpan(span: WireSpan, resource: Attributes, scope: Attributes, first: bigint): Span {
  const start = BigInt(span.startTimeUnixNano);
  const relative = (nanos: bigint) => Number(nanos - first) / 1e6;
  return {
    id: hex(span.spanId),
    parentId: hex(span.parentSpanId ?? ''),
    service: String(resource['service.name'] ?? 'unknown'),
    name: span.name,
    kind: (span.kind ?? '').replace('SPAN_KIND_', '').toLowerCase(),
    start: relative(start),
    duration: Number(BigInt(span.endTimeUnixNano) - start) / 1e6,
    attributes: toAttributes(span.attributes),
    resource,
    events: (span.events ?? []).map(({ timeUnixNano, name, attributes }) => ({
      time: relative(BigInt(timeUnixNano)),
      name,
      attributes: toAttributes(attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId: hex(traceId),
      spanId: hex(spanId),
      attributes: toAttributes(attributes),
    })),
    scope,
    error: span.status?.code === 'STATUS_CODE_ERROR',
    statusMessage: span.status?.message ?? '',
  };
}

function toAttributes(pairs: KeyValue[] | undefined): Attributes {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, toValue(value)]));
}

function toValue(value: AnyValue | undefined): AttributeValue {
  if (!value) return '';
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(toValue);
  if (value.kvlistValue) return JSON.stringify(toAttributes(value.kvlistValue.values));
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue ?? '';
}

/** Ids come as base64 in a trace and as hex everywhere else. */
function hex(base64: string): string {
  return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
