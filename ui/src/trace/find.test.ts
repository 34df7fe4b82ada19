import { describe, expect, it } from 'vitest';
import type { Span } from '../api/tempo';
import { onlyMatching, testOf } from './find';
import { rowsOf } from './tree';
import { around, placeIn, viewOf, writtenView } from './view';

function span(id: string, parentId: string, change: Partial<Span> = {}): Span {
  return {
    id,
    parentId,
    start: 0,
    duration: 5,
    name: `GET /${id}`,
    service: 'shop',
    kind: 'server',
    attributes: {},
    resource: { 'service.name': 'shop' },
    events: [],
    links: [],
    scope: { name: 'tracer' },
    error: false,
    statusMessage: '',
    ...change,
  };
}

const spans = [
  span('root', '', { duration: 100 }),
  span('db', 'root', { service: 'db', attributes: { 'db.statement': 'SELECT a FROM b', rows: 3 } }),
  span('leaf', 'db', {
    error: true,
    statusMessage: 'Deadlock',
    events: [{ time: 1, name: 'exception', attributes: { 'exception.type': 'Dead' } }],
  }),
  span('other', 'root', { duration: 20 }),
];

const found = (text: string, service = '', errors = false) => {
  const test = testOf({ text, service, errors });
  return test ? spans.filter(test).map(({ id }) => id) : undefined;
};

describe('spans are found', () => {
  it.each([
    ['select', ['db']],
    ['"a from"', ['db']],
    ['rows=3', ['db']],
    ['rows=3 get', ['db']],
    ['rows=4', []],
    ['service!=shop', ['db']],
    ['deadlock', ['leaf']],
    ['exception.type=dead', ['leaf']],
    ['status=error', ['leaf']],
    ['duration>10ms', ['root', 'other']],
    ['duration<10ms service=shop', ['leaf']],
    ['tracer', ['root', 'db', 'leaf', 'other']],
  ])('by %s', (text, expected) => expect(found(text)).toEqual(expected));

  it('by service and failure', () => {
    expect(found('', 'db')).toEqual(['db']);
    expect(found('', '', true)).toEqual(['leaf']);
    expect(found('')).toBeUndefined();
  });
});

it('what is found is shown under what leads to it', () => {
  const rows = rowsOf({ id: 't', startedAt: 0, duration: 100, spans });
  const kept = onlyMatching(rows, new Set(['leaf']));
  expect(kept.map((row) => [row.span.id, row.depth, row.descendants])).toEqual([
    ['root', 0, 2],
    ['db', 1, 1],
    ['leaf', 2, 0],
  ]);
  expect(onlyMatching(rows, new Set())).toEqual([]);
});

describe('a view', () => {
  it('is read from the address and written there', () => {
    expect(viewOf('12.5-80', 100)).toEqual({ from: 12.5, to: 80 });
    for (const bad of [undefined, 'x', '80-12', '-5-3', '200-300'])
      expect(viewOf(bad, 100)).toEqual({ from: 0, to: 100 });
    expect(writtenView({ from: 12.5, to: 80 }, 100)).toBe('12.5-80');
    expect(writtenView({ from: 0, to: 100 }, 100)).toBeUndefined();
    const tiny = { from: 1.000_01, to: 1.000_09 };
    const again = viewOf(writtenView(tiny, 100), 100);
    expect(again.from).toBeCloseTo(tiny.from, 7);
    expect(again.to).toBeCloseTo(tiny.to, 7);
  });

  it('cuts spans at its ends', () => {
    const view = { from: 10, to: 20 };
    expect(placeIn({ start: 0, duration: 15 }, view)).toEqual({ left: 0, width: 50 });
    expect(placeIn({ start: 12, duration: 4 }, view)).toEqual({ left: 20, width: 40 });
    expect(placeIn({ start: 30, duration: 4 }, view)).toBeUndefined();
    expect(around({ start: 1, duration: 2 }, 100)).toEqual({ from: 0.9, to: 3.1 });
  });
});
