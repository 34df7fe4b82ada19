import { describe, expect, it } from 'vitest';
import type { Span, Trace } from '../api/tempo';
import { concurrencyOf, criticalPath, rowsOf, visibleRows } from './tree';

function span(id: string, parentId: string, start: number, duration: number, name = id): Span {
  const rest = {
    service: 's',
    kind: 'internal',
    attributes: {},
    resource: {},
    events: [],
    links: [],
    scope: {},
    error: false,
    statusMessage: '',
  };
  return { id, parentId, start, duration, name, ...rest };
}

const trace = (...spans: Span[]): Trace => ({ id: 't', startedAt: 0, duration: 100, spans });

describe('rows', () => {
  const batch = trace(
    span('root', '', 0, 100),
    span('a', 'root', 1, 50),
    span('a1', 'a', 2, 10),
    span('lost', 'gone', 5, 1),
  );
  const rows = rowsOf(batch);

  it('stand under their parents, orphans at the end', () => {
    expect(rows.map((row) => [row.span.id, row.depth, row.descendants, row.orphan])).toEqual([
      ['root', 0, 2, false],
      ['a', 1, 1, false],
      ['a1', 2, 0, false],
      ['lost', 0, 0, true],
    ]);
  });

  it('fold away below a closed span', () => {
    expect(visibleRows(rows, new Set(['a'])).map((row) => row.span.id)).toEqual(['root', 'a', 'lost']);
    expect(visibleRows(rows, new Set(['root'])).map((row) => row.span.id)).toEqual(['root', 'lost']);
  });

  it('survive spans that name each other as parents', () => {
    expect(rowsOf(trace(span('x', 'y', 0, 1), span('y', 'x', 0, 1))).length).toBe(0);
  });
});

describe('critical path', () => {
  it('follows what was waited for last', () => {
    const path = criticalPath(
      trace(
        span('root', '', 0, 100),
        span('short', 'root', 0, 20),
        span('long', 'root', 0, 90),
        span('inner', 'long', 5, 80),
      ),
    );
    expect([...path].sort()).toEqual(['inner', 'long', 'root']);
  });

  it('does not run through what was cancelled', () => {
    const cancelled = { ...span('cancelled', 'root', 0, 95), attributes: { 'async.cancelled': true } };
    const path = criticalPath(trace(span('root', '', 0, 100), span('failed', 'root', 0, 90), cancelled));
    expect([...path].sort()).toEqual(['failed', 'root']);
  });
});

describe('concurrency', () => {
  it('of overlapping rolls is the sum over the wall time', () => {
    const rolls = [40, 60, 100].map((duration, at) => span(`r${at}`, 'batch', at, duration, 'async_roll'));
    const found = concurrencyOf(trace(span('batch', '', 0, 110), ...rolls));
    expect(found?.rolls).toBe(3);
    expect(found?.greatestOverlap).toBe(3);
    expect(found?.parallelism).toBeCloseTo(200 / 102);
    expect(found?.ideal).toBe(2);
  });

  it('of rolls one after another is one', () => {
    const rolls = [0, 10, 20].map((start, at) => span(`r${at}`, 'batch', start, 10, 'async_roll'));
    expect(concurrencyOf(trace(...rolls))).toMatchObject({ parallelism: 1, greatestOverlap: 1 });
  });

  it('needs rolls', () => expect(concurrencyOf(trace(span('a', '', 0, 1)))).toBeUndefined());
});
