import { expect, test } from 'vitest';
import { correctionsOf } from './corrections';
import { nearest } from './nearest';

/** The queries that are offered. */
const offered = (...[signal, query, said]: Parameters<typeof correctionsOf>) =>
  correctionsOf(signal, query, said).map((one) => one.query);

const NOTHING = { hints: [] };
const failed = (error: string) => ({ error, hints: [] });
const told = (hint: string) => ({ hints: [`Dicelab hint: ${hint}`] });

test('PromQL: names, functions, ranges, parentheses', () => {
  const meant = told('unknown metric: "http_totl"; did you mean "http_total"? (1:6)');
  expect(offered('metrics', 'rate(http_totl[5m])', meant)).toEqual(['rate(http_total[5m])']);
  const value = told('unknown value of label job: "front"; did you mean "frontend"? (1:1)');
  expect(offered('metrics', 'up{job="front"}', value)).toEqual(['up{job="frontend"}']);
  const gauge = told(
    '"in_flight" is a gauge by its metadata, and this function is for counters; use delta or deriv (1:10)',
  );
  expect(
    offered('metrics', 'sum(rate( in_flight[5m]))', {
      hints: gauge.hints.map((h) => h.replace('1:10', '1:11')),
    }),
  ).toEqual(['sum(deriv( in_flight[5m]))']);
  const short = told(
    'rate needs two samples, but a range of 1s holds only one; use at least two scrape intervals (1:6)',
  );
  expect(offered('metrics', 'rate(a_total[1s])', short)).toEqual(['rate(a_total[1m])', 'rate(a_total[5m])']);
  expect(
    offered('metrics', 'summ(up)', failed('1:1: parse error: unknown function with name "summ"')),
  ).toEqual(['sum(up)']);
  const instant = 'expected type range vector in call to function "rate", got instant vector';
  expect(offered('metrics', 'sum(rate(a_total{b="c"}))', failed(instant))).toEqual([
    'sum(rate(a_total{b="c"}[5m]))',
  ]);
  expect(offered('metrics', 'sum(rate(a[5m])', failed('unclosed left parenthesis'))).toEqual([
    'sum(rate(a[5m]))',
  ]);
  expect(offered('metrics', 'up', NOTHING)).toEqual([]);
});

test('LogQL: stages, functions, labels behind a parser', () => {
  const error = failed('parse error at line 1, col 27: syntax error: unexpected $end');
  expect(offered('logs', '{a="b"} | jsn', error)).toEqual(['{a="b"} | json']);
  expect(offered('logs', '{a="b"} |= "x | jsn" | logfm | b="c"', error)).toEqual([
    '{a="b"} |= "x | jsn" | logfmt | b="c"',
  ]);
  expect(offered('logs', 'sum(cout_over_time({a="b"}[5m]))', error)).toEqual([
    'sum(count_over_time({a="b"}[5m]))',
  ]);
  const label = told('no stream has label "die"');
  expect(offered('logs', '{app="x", die="fair"} |= "y"', label)).toEqual([
    '{app="x"} | json | die="fair" |= "y"',
    '{app="x"} | logfmt | die="fair" |= "y"',
  ]);
  expect(offered('logs', '{die=~"f.*"}', label)[0]).toBe('{service_name=~".+"} | json | die=~"f.*"');
  const near = told('no stream has label "ap"; did you mean "app"?');
  expect(offered('logs', '{ap="x"}', near)).toEqual(['{app="x"}']);
  expect(offered('logs', '{a="b"} | die = "x"', NOTHING)[0]).toBe('{a="b"} | json | die = "x"');
  expect(offered('logs', '{a="b"} | json | die = "x"', NOTHING)).toEqual([]);
});

test('TraceQL: quotes, scopes, words, numbers', () => {
  const error = failed('parse error at line 1, col 10: syntax error: unexpected IDENTIFIER');
  expect(offered('traces', '{ name = async_roll }', error)).toEqual(['{ name = "async_roll" }']);
  expect(offered('traces', '{ name = a && span.x = b }', error)).toEqual(['{ name = "a" && span.x = "b" }']);
  expect(offered('traces', '{ service.name = "shop" }', error)).toEqual([
    '{ resource.service.name = "shop" }',
    '{ span.service.name = "shop" }',
    '{ .service.name = "shop" }',
  ]);
  expect(offered('traces', '{ status = "error" }', error)).toEqual(['{ status = error }']);
  expect(offered('traces', '{ span.code = "500" }', NOTHING)).toEqual(['{ span.code = 500 }']);
  for (const right of [
    '{ status = error && kind = server }',
    '{ resource.a.b = "x y = z" }',
    '{ name = "a.b = c" }',
  ])
    expect(offered('traces', right, NOTHING)).toEqual([]);
});

test('the nearest name is one that is near', () => {
  expect(nearest('jsno', ['json', 'logfmt'])).toBe('json');
  expect(nearest('xyz', ['json', 'logfmt'])).toBeUndefined();
});
