import { describe, expect, it } from 'vitest';
import type { LogLine } from '../lib/frame';
import { namesOfLine, presenceQuery, requestsOf, streamsOf, vain } from './correlate';

const line = (labels: Record<string, string>, metadata: Record<string, string> = {}, text = ''): LogLine => ({
  timestamp: '1',
  line: text,
  labels,
  metadata,
});

describe('a line names its service', () => {
  it.each([
    [line({ service_name: 'cart', job: 'shop/cart' }), ['cart', 'shop/cart']],
    [line({ container_name: 'c' }, {}, '{"service":"cart"}'), ['cart', 'c']],
    [line({ service_name: 'unknown_service' }), []],
  ])('%j', (one, names) => expect(namesOfLine(one)).toEqual(names));
});

describe('the requests of a service', () => {
  it('are found by the semantic conventions of OpenTelemetry', () => {
    const found = [
      { __name__: 'http_server_request_duration_seconds_count', job: 'shop/cart', http_route: '/items' },
      { __name__: 'http_server_request_duration_seconds_count', job: 'shop/other', http_route: '/items' },
      { __name__: 'target_info', job: 'shop/cart' },
    ];
    expect(requestsOf(['cart'], '/items', found)).toEqual({
      rate: 'sum by (http_response_status_code) (rate(http_server_request_duration_seconds_count{job="shop/cart", http_route="/items"}[1m]))',
      duration:
        'histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{job="shop/cart", http_route="/items"}[1m])))',
    });
    // A route that the metrics do not know does not hide the others.
    expect(requestsOf(['cart'], '/none', found)?.rate).toContain('{job="shop/cart"}');
  });

  it('are found in native histograms', () => {
    const found = [{ __name__: 'http_server_request_duration_seconds', job: 'cart' }];
    expect(requestsOf(['cart'], undefined, found)?.duration).toBe(
      'histogram_quantile(0.95, sum(rate(http_server_request_duration_seconds{job="cart"}[1m])))',
    );
  });

  it('of the dice are those of their own counters', () => {
    const found = [
      { __name__: 'http_requests_total', job: 'frontend-stage4', handler: '/roll' },
      { __name__: 'traces_spanmetrics_calls_total', service: 'frontend' },
    ];
    expect(requestsOf(['frontend'], '/roll', found)?.rate).toBe(
      'sum by (status) (rate(http_requests_total{job="frontend-stage4", handler="/roll"}[1m]))',
    );
  });

  it('are those of its spans where it has no metrics, and its presence where there is nothing else', () => {
    const spans = [{ __name__: 'traces_spanmetrics_calls_total', service: 'cart' }];
    expect(requestsOf(['cart'], '/x', spans)?.rate).toContain(
      'traces_spanmetrics_calls_total{service="cart"}',
    );
    expect(requestsOf(['cart'], undefined, [{ __name__: 'up', job: 'cart' }])).toEqual({
      rate: '{job="cart"}',
    });
    expect(requestsOf(['cart'], undefined, [{ __name__: 'up', job: 'carton' }])).toBeUndefined();
  });

  it('are asked for with every label that may name them', () => {
    expect(presenceQuery()).toMatch(
      /^count by \(__name__, service_name, .*http_route.*\) \(\{__name__=~"http_requests_total\|/,
    );
  });
});

describe('the streams of a service', () => {
  const streams = [
    { service_name: 'dice-roller-stage4', job: 'dice-roller', container_name: 'dice-roller-stage4' },
    { service_name: 'cart', job: 'shop/cart' },
  ];
  it.each([
    [['frontend'], undefined],
    [['dice-roller-stage4'], '{service_name="dice-roller-stage4"}'],
    [['dice-roller'], '{job="dice-roller"}'],
    [['shop/cart'], '{job="shop/cart"}'],
    [['other/cart'], '{service_name="cart"}'],
  ])('%j', (names, selector) => expect(streamsOf(names, streams)).toBe(selector));

  it('that are not there are named', () => {
    expect(vain('No log lines', ['a', 'b'])).toContain('No log lines of “a” or “b”: looked at service_name');
  });
});
