import { describe, expect, it } from 'vitest';
import type { Attributes, Span } from '../api/tempo';
import { noteOf, routeOf, wasCancelled } from './describe';
import { serviceColors } from './serviceColor';

function span(
  id: string,
  parentId: string,
  service: string,
  kind: string,
  attributes: Attributes = {},
): Span {
  const rest = {
    name: id,
    start: 0,
    duration: 1,
    resource: {},
    events: [],
    links: [],
    scope: {},
    error: false,
    statusMessage: '',
  };
  return { id, parentId, service, kind, attributes, ...rest };
}

describe('a note', () => {
  it('tells a roll’s index and how it ended', () => {
    const roll = (attributes: Attributes) =>
      span('r', '', 's', 'internal', { 'async.roll_index': 3, ...attributes });
    expect(noteOf(roll({ 'die.result': 5 }))).toBe('#3 → 5');
    expect(noteOf(roll({ 'die.error': true }))).toBe('#3 failed');
    const cancelled = roll({ 'async.cancelled': true });
    expect(noteOf(cancelled)).toBe('#3 cancelled');
    expect(wasCancelled(cancelled)).toBe(true);
    expect(noteOf(roll({}))).toBe('#3');
  });
  it('tells a request’s size and status', () => {
    const request = { 'async.batch_size': 10, 'http.response.status_code': 200 };
    expect(noteOf(span('a', '', 's', 'server', request))).toBe('10 rolls · 200');
    expect(noteOf(span('a', '', 's', 'client'))).toBe('');
  });
});

describe('a route', () => {
  const spans = [
    span('server', '', 'roller', 'server', { 'http.route': '/roll-async' }),
    span('roll', 'server', 'roller', 'internal'),
    span('other', 'roll', 'die', 'client'),
    span('loop', 'loop', 'x', 'internal'),
  ];
  const byId = new Map(spans.map((one) => [one.id, one]));
  it('is the one that the service served, never another service’s', () => {
    const routes = spans.map((one) => routeOf(one, byId)?.route);
    expect(routes).toEqual(['/roll-async', '/roll-async', undefined, undefined]);
  });
});

it('services side by side have different colours', () => {
  const colors = serviceColors(['a', 'b', 'a', 'c']);
  expect(new Set(colors.values()).size).toBe(3);
});
