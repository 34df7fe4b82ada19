import { describe, expect, test } from 'vitest';
import { type Labels, seriesFrame } from '../lib/frame';
import { type Graph, graphOf, graphQueries } from './graph';
import { layoutOf } from './layout';
import { panelsOfEdge, tracesOfEdge, tracesOfOperation } from './links';
import { operationQueries, operationsOf } from './operations';

const one = (labels: Labels, value: number | null) => seriesFrame('A', '', labels, [0], [value]);
const RANGE = { from: 'now-5m', to: 'now' };

const graph = graphOf({
  requests: [
    one({ client: 'user', server: 'web', connection_type: 'virtual_node' }, 4),
    one({ client: 'web', server: 'cart' }, 3),
    one({ client: 'web', server: 'mail', connection_type: 'messaging_system' }, 1),
    one({ client: 'cart', server: 'shop', connection_type: 'database' }, 3),
  ],
  failed: [one({ client: 'web', server: 'cart' }, 1.5), one({ client: 'cart', server: 'shop' }, 1)],
  edgeP95: [one({ client: 'web', server: 'cart' }, 0.2), one({ client: 'web', server: 'mail' }, Number.NaN)],
  nodeP95: [one({ server: 'cart' }, 0.25)],
});
const node = (name: string) => graph.nodes.find((one) => one.name === name);
const edge = (server: string) => graph.edges.find((one) => one.server === server);

describe('the graph', () => {
  test('edges have rate, part of errors and duration, the busiest first', () => {
    expect(graph.edges.map(({ server }) => server)).toEqual(['web', 'shop', 'cart', 'mail']);
    expect(edge('cart')).toMatchObject({ rate: 3, errors: 0.5, p95: 0.2 });
    expect(edge('mail')).toMatchObject({ rate: 1, errors: 0, p95: undefined });
    // The failures of another kind of connection are not its own.
    expect(edge('shop')).toMatchObject({ errors: 0, connection: 'database' });
  });

  test('a service has what it receives, and an origin what it causes', () => {
    expect(node('cart')).toMatchObject({ rate: 3, errors: 0.5, p95: 0.25, traced: true });
    expect(node('user')).toMatchObject({ rate: 4, errors: 0, p95: undefined, traced: false });
    expect(node('shop')?.traced).toBe(false);
    expect(node('mail')?.traced).toBe(true);
  });

  test('series without a value are no edges, and an empty answer is an empty graph', () => {
    const nothing = { failed: [], edgeP95: [], nodeP95: [] };
    expect(graphOf({ ...nothing, requests: [one({ client: 'a', server: 'b' }, null)] }).edges).toEqual([]);
    expect(graphOf({ ...nothing, requests: [] })).toEqual({ nodes: [], edges: [] });
  });

  test('the window is in whole seconds and never empty', () => {
    expect(graphQueries(900.4).requests).toContain('[900s]');
    expect(operationQueries(0).calls).toContain('[1s]');
  });
});

describe('the layout', () => {
  const calls = (...pairs: [string, string][]): Graph => {
    const red = { rate: 1, errors: 0, p95: undefined };
    const names = [...new Set(pairs.flat())].sort();
    return {
      nodes: names.map((name) => ({ name, traced: true, ...red })),
      edges: pairs.map(([client, server]) => ({ client, server, connection: '', ...red })),
    };
  };
  const layers = (graph: Graph) =>
    Object.fromEntries([...layoutOf(graph).places].map(([name, { layer }]) => [name, layer]));

  test('who is called stands behind every caller', () => {
    expect(layers(calls(['a', 'b'], ['b', 'c'], ['a', 'c']))).toEqual({ a: 0, b: 1, c: 2 });
    expect(layers(graph)).toEqual({ user: 0, web: 1, cart: 2, mail: 2, shop: 3 });
  });

  test('circles and services that call themselves have a place, too', () => {
    expect(layers(calls(['a', 'b'], ['b', 'a']))).toEqual({ a: 0, b: 1 });
    expect(layers(calls(['x', 'a'], ['a', 'b'], ['b', 'a'], ['b', 'b']))).toEqual({ x: 0, a: 1, b: 2 });
    expect(layers(calls(['a', 'a']))).toEqual({ a: 0 });
  });

  test('services stand near those that they talk to', () => {
    const { places, widest } = layoutOf(calls(['a', 'y'], ['b', 'x'], ['r', 'a'], ['r', 'b']));
    const across = (name: string) => places.get(name)?.across ?? 0;
    expect(widest).toBe(2);
    expect(Math.sign(across('y') - across('x'))).toBe(Math.sign(across('a') - across('b')));
  });
});

describe('operations', () => {
  const labels = (name: string, kind: string) => ({ service: 'web', span_name: name, span_kind: kind });
  const operations = operationsOf({
    calls: [
      one(labels('GET /a', 'SPAN_KIND_SERVER'), 1),
      one(labels('GET /b', 'SPAN_KIND_SERVER'), 2),
      one(labels('old', ''), 0),
    ],
    failed: [one(labels('GET /b', 'SPAN_KIND_SERVER'), 1)],
    p95: [one(labels('GET /a', 'SPAN_KIND_SERVER'), 0.1)],
  });

  test('what was not called is not there, and the busiest comes first', () => {
    expect(operations.map(({ name, kind, errors, p95 }) => [name, kind, errors, p95])).toEqual([
      ['GET /b', 'server', 0.5, undefined],
      ['GET /a', 'server', 0, 0.1],
    ]);
  });
});

describe('links', () => {
  const query = (address: string) => new URL(address, 'http://lab').searchParams.get('query');

  test('an edge leads to its traces, whichever side is known', () => {
    const traces = (server: string) => {
      const found = edge(server);
      return found && query(tracesOfEdge(found, RANGE));
    };
    expect(traces('cart')).toBe(
      '{ resource.service.name = "web" && (kind = client || kind = producer) } > ' +
        '{ resource.service.name = "cart" && (kind = server || kind = consumer) }',
    );
    expect(traces('shop')).toBe('{ resource.service.name = "cart" && (kind = client || kind = producer) }');
    expect(traces('web')).toBe('{ resource.service.name = "web" && nestedSetParent < 0 }');
  });

  test('names are quoted', () => {
    const found = { client: 'a"b', server: 'c', connection: '', rate: 1, errors: 0, p95: undefined };
    expect(query(panelsOfEdge(found, RANGE))).toBe(
      'label_replace(sum(rate(traces_service_graph_request_total{client="a\\"b", server="c", connection_type=""}[1m])), ' +
        '"calls", "all", "", "") or ' +
        'label_replace(sum(rate(traces_service_graph_request_failed_total{client="a\\"b", server="c", ' +
        'connection_type=""}[1m])), "calls", "failed", "", "")',
    );
    const operation = { service: 's', name: 'GET "x"', kind: 'client', rate: 1, errors: 0, p95: undefined };
    expect(query(tracesOfOperation(operation, RANGE))).toBe(
      '{ resource.service.name = "s" && name = "GET \\"x\\"" && kind = client }',
    );
  });
});
