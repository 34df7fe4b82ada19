/** A trace as a tree in reading order, and what can be read off it. Pure; times are milliseconds. */
import type { Span, Trace } from '../api/tempo';
import { groupBy } from '../lib/groupBy';
import { wasCancelled } from './describe';

/** A span with its place in the tree. */
export interface Row {
  span: Span;
  depth: number;
  /** How many spans hang below it. */
  descendants: number;
  /** True if its parent is not among the spans that the store has. */
  orphan: boolean;
}

/** Spans under their parents, siblings by start; spans without their parent come as further roots. */
export function rowsOf(trace: Trace): Row[] {
  const known = new Set(trace.spans.map(({ id }) => id));
  const children = new Map<string, Span[]>();
  for (const span of trace.spans) {
    const parent = known.has(span.parentId) && span.parentId !== span.id ? span.parentId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: Row[] = [];
  const visited = new Set<string>();
  const visit = (span: Span, depth: number): number => {
    if (visited.has(span.id)) return 0;
    visited.add(span.id);
    const row = { span, depth, descendants: 0, orphan: span.parentId !== '' && !known.has(span.parentId) };
    rows.push(row);
    for (const child of children.get(span.id) ?? []) row.descendants += visit(child, depth + 1);
    return row.descendants + 1;
  };
  for (const root of children.get('') ?? []) visit(root, 0);
  return rows;
}

/** The rows that are seen when the subtrees of `closed` spans are folded away. */
export function visibleRows(rows: readonly Row[], closed: ReadonlySet<string>): Row[] {
  const seen: Row[] = [];
  let skip = 0;
  for (const row of rows) {
    if (skip > 0) {
      skip -= 1;
      continue;
    }
    seen.push(row);
    if (closed.has(row.span.id)) skip = row.descendants;
  }
  return seen;
}

/**
 * The critical path: going back from the end of the root, the last child that ended before the point reached is what
 * was waited for. A cancelled child was not waited for. Answers the ids on the path.
 */
export function criticalPath(trace: Trace): Set<string> {
  const children = groupBy(trace.spans, ({ parentId }) => parentId);
  const path = new Set<string>();
  const walk = (span: Span) => {
    if (path.has(span.id)) return;
    path.add(span.id);
    let reached = span.start + span.duration;
    const byEnd = [...(children.get(span.id) ?? [])].sort(
      (a, b) => b.start + b.duration - (a.start + a.duration),
    );
    for (const child of byEnd) {
      if (wasCancelled(child) || child.start + child.duration > reached + 0.001) continue;
      walk(child);
      reached = child.start;
    }
  };
  const known = new Set(trace.spans.map(({ id }) => id));
  const root = trace.spans.find(({ parentId }) => !known.has(parentId));
  if (root) walk(root);
  return path;
}

/** What the siblings of a batch achieved. */
export interface Concurrency {
  rolls: number;
  /** Sum of the rolls' durations over the time from the first start to the last end. */
  parallelism: number;
  /** The most rolls that were under way at one moment. */
  greatestOverlap: number;
  /** From the first start to the last one. */
  startSpread: number;
  wall: number;
  /** (n+1)/2: what delays uniform in [0,1) make ideal. */
  ideal: number;
}

/** Measures the `async_roll` spans under each parent; the largest batch of the trace is the answer. */
export function concurrencyOf(trace: Trace, name = 'async_roll'): Concurrency | undefined {
  const batches = groupBy(
    trace.spans.filter((span) => span.name === name),
    ({ parentId }) => parentId,
  );
  const [largest] = [...batches.values()].sort((a, b) => b.length - a.length);
  if (!largest || largest.length === 0) return undefined;
  const starts = largest.map(({ start }) => start);
  const ends = largest.map(({ start, duration }) => start + duration);
  const wall = Math.max(...ends) - Math.min(...starts);
  const sum = largest.reduce((total, { duration }) => total + duration, 0);
  return {
    rolls: largest.length,
    parallelism: wall > 0 ? sum / wall : 1,
    greatestOverlap: Math.max(...largest.map(({ start }) => overlapping(largest, start))),
    startSpread: Math.max(...starts) - Math.min(...starts),
    wall,
    ideal: (largest.length + 1) / 2,
  };
}

function overlapping(spans: readonly Span[], at: number): number {
  return spans.filter(({ start, duration }) => start <= at && at < start + duration).length;
}
