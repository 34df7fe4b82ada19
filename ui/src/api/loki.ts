/** Loki's HTTP API: log lines with their structured metadata, and metric queries as frames. */
import type { Frame, Labels, LogLine } from '../lib/frame';
import { labelsText, seriesFrame } from '../lib/frame';
import { isHint } from '../lib/hint';
import { dataSourcePath, getJson } from './client';
import type { Legend, QueryRange } from './prometheus';

/** With this flag Loki keeps structured metadata and parsed fields apart from stream labels. */
const CATEGORIZE = { 'X-Loki-Response-Encoding-Flags': 'categorize-labels' };

type StreamValue = [string, string, { structuredMetadata?: Labels; parsed?: Labels }?];

type QueryData =
  | { resultType: 'streams'; result: { stream: Labels; values: StreamValue[] }[] }
  | { resultType: 'matrix'; result: { metric: Labels; values: [number, string][] }[] }
  | { resultType: 'vector'; result: { metric: Labels; value: [number, string] }[] };

interface Envelope<T> {
  status: string;
  data?: T;
  warnings?: string[];
}

/** Lines (newest first) or frames, by the kind of query. */
export interface LogResult {
  lines: LogLine[];
  frames: Frame[];
  /** Why there might be nothing. */
  hints: string[];
  /** What is missing or doubtful in what is there. */
  warnings: string[];
}

export async function queryRange(
  uid: string,
  query: string,
  range: QueryRange,
  options: { limit: number; refId: string; legend?: Legend; forward?: boolean },
  signal?: AbortSignal,
): Promise<LogResult> {
  const params = {
    query,
    start: nanoseconds(range.from),
    end: nanoseconds(range.to),
    step: `${Math.max(range.step, 1000)}ms`,
    limit: options.limit,
    direction: options.forward ? 'forward' : 'backward',
  };
  const path = dataSourcePath(uid, '/loki/api/v1/query_range');
  const answer = await getJson<Envelope<QueryData>>(path, params, signal, CATEGORIZE);
  const all = answer.warnings ?? [];
  const notes = { hints: all.filter(isHint), warnings: all.filter((one) => !isHint(one)) };
  const data = answer.data;
  if (!data || data.resultType === 'vector') return { lines: [], frames: [], ...notes };
  if (data.resultType === 'streams') {
    const lines = data.result.flatMap(({ stream, values }) => values.map((value) => toLine(stream, value)));
    lines.sort((a, b) => compare(b.timestamp, a.timestamp));
    return { lines: options.forward ? lines.reverse() : lines, frames: [], ...notes };
  }
  const legend = options.legend ?? labelsText;
  const frames = data.result.map(({ metric, values }) =>
    seriesFrame(
      options.refId,
      legend(metric) || labelsText(metric),
      metric,
      values.map(([seconds]) => seconds * 1000),
      values.map(([, text]) => Number(text)),
    ),
  );
  return { lines: [], frames, ...notes };
}

/** The labels of the streams that a selector matches within a range, in milliseconds. */
export async function streams(
  uid: string,
  selector: string,
  range: { from: number; to: number },
  signal?: AbortSignal,
): Promise<Labels[]> {
  const params = { 'match[]': selector, start: nanoseconds(range.from), end: nanoseconds(range.to) };
  return (
    (await getJson<Envelope<Labels[]>>(dataSourcePath(uid, '/loki/api/v1/series'), params, signal)).data ?? []
  );
}

export async function labelNames(uid: string, signal?: AbortSignal): Promise<string[]> {
  return (
    (await getJson<Envelope<string[]>>(dataSourcePath(uid, '/loki/api/v1/labels'), {}, signal)).data ?? []
  );
}

export async function labelValues(
  uid: string,
  label: string,
  query?: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const path = dataSourcePath(uid, `/loki/api/v1/label/${encodeURIComponent(label)}/values`);
  return (await getJson<Envelope<string[]>>(path, { query }, signal)).data ?? [];
}

/** The address of Loki's live tail, a WebSocket. */
export function tailUrl(uid: string, query: string, limit: number): string {
  const params = new URLSearchParams({ query, limit: String(limit) });
  const origin = window.location.origin.replace(/^http/, 'ws');
  return `${origin}${dataSourcePath(uid, '/loki/api/v1/tail')}?${params}`;
}

/** Reads one frame of the tail: its lines, oldest first, and how many were left out. */
export function parseTail(text: string): { lines: LogLine[]; dropped: number } {
  const body = JSON.parse(text) as {
    streams?: { stream: Labels; values: StreamValue[] }[];
    dropped_entries?: unknown[];
    dropped_total?: number;
  };
  const lines = (body.streams ?? []).flatMap(({ stream, values }) =>
    values.map((value) => toLine(stream, value)),
  );
  return {
    lines: lines.sort((a, b) => compare(a.timestamp, b.timestamp)),
    dropped: body.dropped_total ?? body.dropped_entries?.length ?? 0,
  };
}

/** Milliseconds as the nanosecond text that Loki takes, without losing digits. */
function nanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms)) * 1_000_000n}`;
}

function toLine(stream: Labels, [timestamp, line, extra]: StreamValue): LogLine {
  return { timestamp, line, labels: stream, metadata: { ...extra?.structuredMetadata, ...extra?.parsed } };
}

/** Compares decimal texts as numbers. */
function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
