import { describe, expect, it } from 'vitest';
import type { LogLine } from '../lib/frame';
import { logsOfSeries } from './correlate';
import { MOST_REMEMBERED, parseHistory, remembered } from './history';
import { exploreUrl, logsAround, traceLineQueries } from './links';
import { withFilter } from './logFilter';
import { mistakesOf, NO_SEARCH, traceQlOf } from './traceSearch';

const paramsOf = (url: string | undefined) => new URLSearchParams(url?.split('?')[1]);

const line = (text: object, labels: Record<string, string>): LogLine => ({
  timestamp: '1700000000123456789',
  line: JSON.stringify(text),
  labels,
  metadata: {},
});

describe('links', () => {
  it('carry both panes and the range', () => {
    const url = exploreUrl(
      { signal: 'logs', query: '{a="&"}' },
      { from: '1', to: '2' },
      { signal: 'traces', query: '{ }' },
    );
    expect(Object.fromEntries(paramsOf(url))).toEqual({
      signal: 'logs',
      query: '{a="&"}',
      signal2: 'traces',
      query2: '{ }',
      from: '1',
      to: '2',
    });
  });

  it('find the lines of a trace by the id beside their text, or in it', () => {
    expect(traceLineQueries('ab')).toEqual([
      '{service_name=~".+"} | trace_id="ab"',
      '{service_name=~".+"} |= "ab"',
    ]);
  });

  it('lead from a line to what stands around it', () => {
    const params = paramsOf(logsAround(line({}, { container_name: 'c' })));
    expect(params.get('query')).toBe('{container_name="c"}');
    expect([params.get('from'), params.get('to')]).toEqual(['1699999995123', '1700000005123']);
    const around = (labels: Record<string, string>) => paramsOf(logsAround(line({}, labels))).get('query');
    expect(around({ service_name: 'cart', level: 'ERROR' })).toBe('{service_name="cart"}');
    expect(around({ filename: '/x', level: 'ERROR' })).toBe('{filename="/x"}');
    expect(around({ level: 'ERROR' })).toBe('{service_name=~".+"}');
  });

  it('lead from a series to the lines of its service and die, or say what they looked for', () => {
    const range = { from: 1, to: 2 };
    const streams = [
      { container_name: 'frontend-stage4', service_name: 'frontend-stage4' },
      { service_name: 'cart', job: 'shop/cart' },
    ];
    const found = (labels: Record<string, string>, expr: string) =>
      logsOfSeries(labels, expr, range, streams);
    const query = (...asked: Parameters<typeof found>) => {
      const to = found(...asked);
      return 'href' in to ? paramsOf(to.href).get('query') : to.nothing;
    };
    expect(query({ job: 'frontend-stage4', handler: '/' }, 'up')).toBe('{service_name="frontend-stage4"}');
    expect(query({ job: 'shop/cart', instance: 'i' }, 'x')).toBe('{job="shop/cart"}');
    expect(query({ die_type: 'risky' }, 'x')).toBe('{service_name=~".+"} | json | die_type="risky"');
    expect(query({}, 'sum(up{job="cart"})')).toBe('{service_name="cart"}');
    expect(query({ job: 'gone' }, 'up')).toContain('No log lines of “gone”: looked at');
  });
});

describe('filters', () => {
  const base = { name: 'level', value: 'ERROR', keep: true } as const;
  it('on labels go into the selector', () => {
    expect(withFilter('{a="}"} |= "x"', { ...base, origin: 'stream' })).toBe('{a="}", level="ERROR"} |= "x"');
    expect(withFilter('{}', { ...base, origin: 'stream', keep: false })).toBe('{level!="ERROR"}');
  });
  it('on fields go to the end, behind a parser', () => {
    const field = { name: 'die_type', value: 'a"b', origin: 'line', keep: false } as const;
    expect(withFilter('{a="b"}', field)).toBe('{a="b"} | json | die_type!="a\\"b"');
    expect(withFilter('{a="b"} | json', field)).toBe('{a="b"} | json | die_type!="a\\"b"');
    expect(withFilter('{a="b"}', { ...base, origin: 'metadata' })).toBe('{a="b"} | level="ERROR"');
  });
});

describe('history', () => {
  it('has each query once, newest first, and not too many', () => {
    const one = { signal: 'logs', query: 'q' } as const;
    const two = { signal: 'metrics', query: 'q' } as const;
    expect(remembered([two, one], one)).toEqual([one, two]);
    const many = Array.from({ length: 80 }, (_, at) => ({ signal: 'logs' as const, query: String(at) }));
    expect(remembered(many, one)).toHaveLength(MOST_REMEMBERED);
  });
  it('survives whatever a browser has kept', () => {
    for (const bad of [null, '', '{', '{}', '[1, null, {"signal":"x","query":"q"}]'])
      expect(parseHistory(bad)).toEqual([]);
    expect(parseHistory('[{"signal":"logs","query":"q","more":1}]')).toEqual([
      { signal: 'logs', query: 'q' },
    ]);
  });
});

describe('trace search', () => {
  it('writes TraceQL', () => {
    expect(traceQlOf(NO_SEARCH)).toBe('{ }');
    expect(
      traceQlOf({
        service: 'dice-roller',
        name: 'async_roll',
        min: '100ms',
        max: '',
        status: 'error',
        tags: 'die.type=risky span.async.roll_index=3 x="a b"',
      }),
    ).toBe(
      '{ resource.service.name = "dice-roller" && name = "async_roll" && duration >= 100ms && status = error' +
        ' && .die.type = "risky" && span.async.roll_index = 3 && .x = "a b" }',
    );
  });
  it('names what it cannot read', () => {
    expect(mistakesOf(NO_SEARCH)).toEqual({});
    expect(Object.keys(mistakesOf({ ...NO_SEARCH, min: 'fast', tags: 'a=b c' }))).toEqual(['min', 'tags']);
  });
});
