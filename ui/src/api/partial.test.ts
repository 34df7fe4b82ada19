/** What a store says is missing in its answer reaches the page, whichever store it is. */
import { afterEach, expect, test, vi } from 'vitest';
import * as loki from './loki';
import * as prometheus from './prometheus';
import * as tempo from './tempo';

const RANGE = { from: 0, to: 60_000, step: 1000 };
const PARTIAL = { status: 'PARTIAL', message: 'older traces are missing' };

function answering(body: unknown): void {
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json(body)));
}

afterEach(() => vi.unstubAllGlobals());

test('a partial answer of Tempo says what is missing', async () => {
  answering({ traces: [], series: [], ...PARTIAL });
  const search = await tempo.search('tempo', { query: '{}', from: 0, to: 1, limit: 1 });
  expect(search.warnings).toEqual(['older traces are missing']);
  expect((await tempo.queryRange('tempo', '{} | rate()', RANGE, 'A')).warnings).toEqual(search.warnings);
  const span = { spanId: 'AAAAAAAAAAE=', name: 'a', startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const trace = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  answering({ trace, ...PARTIAL });
  expect((await tempo.trace('tempo', '1'))?.partial).toBe('older traces are missing');
  answering({ trace });
  expect((await tempo.trace('tempo', '1'))?.partial).toBeUndefined();
});

test('hints explain why nothing is there, warnings what is missing', async () => {
  const warnings = ['Dicelab hint: no stream has label "x"', 'some lines are missing'];
  answering({ status: 'success', data: { resultType: 'streams', result: [] }, warnings });
  const lines = await loki.queryRange('loki', '{a="b"}', RANGE, { limit: 1, refId: 'A' });
  expect([lines.hints, lines.warnings]).toEqual([[warnings[0]], [warnings[1]]]);
  const data = { resultType: 'matrix', result: [] };
  answering({ status: 'success', data, warnings: ['results truncated due to limit'], infos: ['a hint'] });
  const series = await prometheus.queryRange('prometheus', 'up', RANGE, 'A', () => '');
  expect([series.hints, series.warnings]).toEqual([['a hint'], ['results truncated due to limit']]);
});

test('the live tail counts what was left out, also what it does not name', () => {
  const frame = { streams: [], dropped_entries: [{}, {}], dropped_total: 500 };
  expect(loki.parseTail(JSON.stringify(frame)).dropped).toBe(500);
  expect(loki.parseTail('{"dropped_entries":[{}]}').dropped).toBe(1);
});
