/**
 * The addresses that lead from one signal to another. All are plain links: whatever Explore shows can be sent to
 * somebody. Times are milliseconds since the epoch. Pure.
 */
import type { Labels, LogLine } from '../lib/frame';
import type { RawRange } from '../lib/timeRange';
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

/** The page that shows two traces side by side. */
export function compareUrl(base: string, compare: string): string {
  return `/explore/compare/${encodeURIComponent(base)}/${encodeURIComponent(compare)}`;
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

export const MINUTE = 60_000;

/** Some time before and after, as the address writes it. */
export function around(from: number, to: number, margin: number): RawRange {
  return { from: String(Math.floor(from - margin)), to: String(Math.ceil(to + margin)) };
}

/**
 * The queries by which the lines of a trace are found, the surest first: those that carry its id beside their text, else
 * those whose text has it.
 */
export function traceLineQueries(id: string): [carried: string, written: string] {
  const every = '{service_name=~".+"}';
  return [`${every} | trace_id=${quoted(id)}`, `${every} |= ${quoted(id)}`];
}

/** Trace → logs: every line that any service wrote for it. */
export function logsOfTrace(query: string, startedAt: number, duration: number): string {
  return exploreUrl({ signal: 'logs', query }, around(startedAt, startedAt + duration, MINUTE));
}

/** Log → logs: what the same stream of that service wrote just before and after, whichever its level. */
export function logsAround(line: LogLine): string {
  const at = millisecondsOf(line);
  return exploreUrl({ signal: 'logs', query: neighbours(line.labels) }, around(at, at, 5000));
}

/** The surest label of a stream that says whose it is, `container_name` before `service_name`. */
function neighbours(labels: Labels): string {
  for (const name of ['container_name', 'service_name', 'job']) {
    const value = labels[name];
    if (value) return selectorOf({ [name]: value });
  }
  const { level: _, detected_level: __, ...rest } = labels;
  return Object.keys(rest).length > 0 ? selectorOf(rest) : '{service_name=~".+"}';
}

/** When a line was written, in milliseconds since the epoch. */
export function millisecondsOf({ timestamp }: LogLine): number {
  return Number(BigInt(timestamp) / 1_000_000n);
}
