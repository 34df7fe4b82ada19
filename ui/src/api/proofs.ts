/** What only traces prove, as the lab computes it: concurrency and critical path of one trace or many, two traces compared. */
import { getJson } from './client';

/** Which service, doing what. */
interface Operation {
  service: string;
  name: string;
}

export type Verdict = 'concurrent' | 'mixed' | 'serial';

/** Spans of one operation below one parent; nanoseconds. */
export interface Group extends Operation {
  parent_id: string;
  below: Operation;
  count: number;
  greatest: number;
  parallelism: number;
  cancelled: number;
  verdict: Verdict | null;
}

export interface PathSpan extends Operation {
  span_id: string;
  own_ns: number;
  /** From 0 to 1. */
  share: number;
}

export interface Concurrency {
  trace_id: string;
  groups: Group[];
  critical_path: PathSpan[];
}

/** All groups of one operation below another, in many traces. */
interface ManyGroup extends Operation {
  below: Operation;
  groups: number;
  spans: number;
  parallelism: number;
  least_parallelism: number;
  greatest_parallelism: number;
  greatest: number;
  waited_ns: number;
  concurrent: number;
  mixed: number;
  serial: number;
}

export interface Many {
  traces: number;
  mean_duration_ns: number;
  longest_duration_ns: number;
  groups: ManyGroup[];
  critical_path: (Operation & { traces: number; own_ns: number; share: number })[];
}

/** A span in one of two traces. */
export interface Side {
  span_id: string;
  start_ns: number;
  duration_ns: number;
  failed: boolean;
  critical: boolean;
}

export interface ComparedRow extends Operation {
  depth: number;
  base: Side | null;
  compare: Side | null;
  attributes: { name: string; base: unknown; compare: unknown }[];
}

interface Whole {
  trace_id: string;
  spans: number;
  failed: number;
  duration_ns: number;
}

export interface Comparison {
  base: Whole;
  compare: Whole;
  rows: ComparedRow[];
  critical_path: (Operation & { base_ns: number; compare_ns: number })[];
}

/** The concurrency of one trace. */
export function concurrency(id: string, signal?: AbortSignal): Promise<Concurrency> {
  return getJson<Concurrency>(`/api/dicelab/concurrency/${encodeURIComponent(id)}`, {}, signal);
}

/** The concurrency of all traces that TraceQL finds; times in milliseconds since the epoch. */
export function concurrencyOfMany(
  { query, from, to }: { query: string; from: number; to: number },
  signal?: AbortSignal,
): Promise<Many> {
  const times = { start: Math.floor(from / 1000), end: Math.ceil(to / 1000) };
  return getJson<Many>('/api/dicelab/concurrency', { q: query, ...times }, signal);
}

/** Two traces side by side. */
export function comparison(base: string, compare: string, signal?: AbortSignal): Promise<Comparison> {
  const ids = [base, compare].map(encodeURIComponent).join('/');
  return getJson<Comparison>(`/api/dicelab/compare/${ids}`, {}, signal);
}
