import { expect, it } from 'vitest';
import { exploreOf } from './queryAddress';

const led = (query: string) =>
  Object.fromEntries(new URLSearchParams(exploreOf(new URLSearchParams(query)).split('?')[1]));

it.each([
  ['', { signal: 'metrics', query: '' }],
  ['g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=1', { signal: 'metrics', query: 'up{a="b"}' }],
  ['g0.expr=up&g0.range_input=2h', { signal: 'metrics', query: 'up', from: 'now-2h', to: 'now' }],
  [
    'g0.expr=up&g0.range_input=1h&g0.end_input=2026-01-31%2012%3A00%3A00',
    {
      signal: 'metrics',
      query: 'up',
      from: String(Date.UTC(2026, 0, 31, 11)),
      to: String(Date.UTC(2026, 0, 31, 12)),
    },
  ],
  ['g0.expr=up&g1.expr=x', { signal: 'metrics', query: 'up', signal2: 'metrics', query2: 'x' }],
])('%s', (address, expected) => expect(led(address)).toEqual(expected));
