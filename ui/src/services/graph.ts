/** The service graph: who calls whom, how often, with which errors and how fast. Pure. */
import type { Frame, Labels } from '../lib/frame';
import { rowCount } from '../lib/frame';

/** Rate, errors and duration. */
export interface Red {
  /** Requests a second. */
  rate: number;
  /** The part of the requests that failed, from 0 to 1. */
  errors: number;
  /** The duration in seconds that 95 of 100 requests stay below; none if nothing was measured. */
  p95: number | undefined;
}

export interface Edge extends Red {
  client: string;
  server: string;
  /** What kind of connection it is, as Tempo names it; empty between two services. */
  connection: string;
}

export interface Node extends Red {
  name: string;
  /** True if the service was seen itself, and not only named by its clients or as the origin of a request. */
  traced: boolean;
}

export interface Graph {
  nodes: Node[];
  edges: Edge[];
}

/** The answers to the queries of {@link graphQueries}, under the same names. */
export type GraphAnswers = Readonly<Record<keyof ReturnType<typeof graphQueries>, readonly Frame[]>>;

const GRAPH = 'traces_service_graph_request';
const EDGE = 'client, server, connection_type';

/** What is asked about the last `seconds` before the end of the range. */
export function graphQueries(seconds: number) {
  const window = `[${Math.max(Math.round(seconds), 1)}s]`;
  const p95 = (by: string) =>
    `histogram_quantile(0.95, sum by (${by}, le) (rate(${GRAPH}_server_seconds_bucket${window})))`;
  return {
    requests: `sum by (${EDGE}) (rate(${GRAPH}_total${window}))`,
    failed: `sum by (${EDGE}) (rate(${GRAPH}_failed_total${window}))`,
    edgeP95: p95(EDGE),
    nodeP95: p95('server'),
  };
}

/** The graph that the answers describe, its edges the busiest first. */
export function graphOf(answers: GraphAnswers): Graph {
  const key = ({ client = '', server = '', connection_type: kind = '' }: Labels) =>
    JSON.stringify([client, server, kind]);
  const failed = byLabels(answers.failed, key);
  const edgeP95 = byLabels(answers.edgeP95, key);
  const nodeP95 = byLabels(answers.nodeP95, ({ server = '' }) => server);
  const edges = samples(answers.requests).map(
    ({ labels, value }): Edge => ({
      client: labels.client ?? '',
      server: labels.server ?? '',
      connection: labels.connection_type ?? '',
      rate: value,
      errors: part(failed.get(key(labels)), value),
      p95: measured(edgeP95.get(key(labels))),
    }),
  );
  edges.sort((a, b) => b.rate - a.rate || key(labelsOf(a)).localeCompare(key(labelsOf(b))));
  const names = [...new Set(edges.flatMap(({ client, server }) => [client, server]))].sort();
  return { nodes: names.map((name) => nodeOf(name, edges, measured(nodeP95.get(name)))), edges };
}

function labelsOf({ client, server, connection }: Edge): Labels {
  return { client, server, connection_type: connection };
}

/** A service has the traffic that it receives, and without any that which it causes. */
function nodeOf(name: string, edges: readonly Edge[], p95: number | undefined): Node {
  const incoming = edges.filter(({ server }) => server === name);
  const outgoing = edges.filter(({ client }) => client === name);
  const counted = incoming.length > 0 ? incoming : outgoing;
  const rate = counted.reduce((sum, edge) => sum + edge.rate, 0);
  const failed = counted.reduce((sum, edge) => sum + edge.rate * edge.errors, 0);
  const servesOrCalls = incoming.some(({ connection }) => !isVirtualServer(connection));
  const calls = outgoing.some(({ connection }) => connection !== 'virtual_node');
  return { name, rate, errors: part(failed, rate), p95, traced: servesOrCalls || calls };
}

function isVirtualServer(connection: string): boolean {
  return connection === 'database';
}

interface OfSeries {
  labels: Labels;
  value: number;
}

/** The value of each series; of a series without one nothing. */
export function samples(frames: readonly Frame[]): OfSeries[] {
  return frames.flatMap((frame) => {
    const field = frame.fields.find(({ type }) => type === 'number');
    const value = field?.values[rowCount(frame) - 1];
    return typeof value === 'number' ? [{ labels: field?.labels ?? {}, value }] : [];
  });
}

/** The values of series under a key made of their labels. */
export function byLabels(frames: readonly Frame[], key: (labels: Labels) => string): Map<string, number> {
  return new Map(samples(frames).map(({ labels, value }) => [key(labels), value]));
}

/** How much of a whole a part is; nothing of nothing is nothing. */
export function part(of: number | undefined, whole: number): number {
  return whole > 0 && of !== undefined ? of / whole : 0;
}

/** A number, unless there was nothing to measure. */
export function measured(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
