/** The services of any application that sends traces: the map of their calls, and rate, errors and duration of what they do. */
import { useQuery } from '@tanstack/react-query';
import { queryInstant } from '../../api/prometheus';
import { TimePicker } from '../../components/TimePicker';
import { type Graph, graphOf, graphQueries } from '../../services/graph';
import { type Operation, operationQueries, operationsOf } from '../../services/operations';
import { useUrlParam } from '../../state/url';
import { useTitle } from '../../state/useTitle';
import { usePageTime } from '../usePageTime';
import { Calls } from './Calls';
import { Operations } from './Operations';
import { ServiceMap } from './ServiceMap';
import './ServicesPage.css';

const STANDARD_RANGE = { from: 'now-15m', to: 'now' };
/** The data source that holds the metrics of spans. */
const METRICS = 'prometheus';

interface Found {
  graph: Graph;
  operations: Operation[];
}

export default function ServicesPage() {
  const { raw, range, ready, picker } = usePageTime(STANDARD_RANGE, '30s');
  const [service, setService] = useUrlParam('service');
  const found = useQuery({
    queryKey: ['services', range],
    queryFn: ({ signal }) => load(range.from, range.to, signal),
    enabled: ready,
    placeholderData: (before) => before,
  });
  useTitle([service, 'Services']);
  return (
    <div className="services">
      <div className="services-bar">
        <h1>Services</h1>
        <TimePicker {...picker} />
      </div>
      {found.error && <p role="alert">{found.error.message}</p>}
      {found.data === undefined && !found.error && <p className="app-wait">Loading…</p>}
      {found.data && <Shown found={found.data} range={raw} service={service} onService={setService} />}
    </div>
  );
}

interface ShownProps {
  found: Found;
  range: { from: string; to: string };
  service: string | undefined;
  onService: (service: string | undefined) => void;
}

function Shown({ found: { graph, operations }, range, service, onService }: ShownProps) {
  if (graph.nodes.length === 0 && operations.length === 0) {
    return (
      <p className="muted">
        No spans arrived in this time. Send traces to the lab by OTLP, on port 4317 or 4318, or choose a
        longer time range.
      </p>
    );
  }
  const edges = graph.edges.filter(
    ({ client, server }) => !service || client === service || server === service,
  );
  return (
    <>
      <ServiceMap graph={graph} service={service} onService={onService} />
      {service && (
        <p className="services-chosen">
          Only <b>{service}</b>{' '}
          <button type="button" onClick={() => onService(undefined)}>
            Show all services
          </button>
        </p>
      )}
      <Calls edges={edges} range={range} />
      <Operations
        operations={operations.filter((one) => !service || one.service === service)}
        range={range}
      />
    </>
  );
}

async function load(from: number, to: number, signal: AbortSignal): Promise<Found> {
  const seconds = (to - from) / 1000;
  const ask = async (query: string) => (await queryInstant(METRICS, query, to, 'A', () => '', signal)).frames;
  const all = async <K extends string>(queries: Record<K, string>) => {
    const names = Object.keys(queries) as K[];
    const answers = await Promise.all(names.map((name) => ask(queries[name])));
    return Object.fromEntries(names.map((name, at) => [name, answers[at] ?? []])) as Record<
      K,
      Awaited<ReturnType<typeof ask>>
    >;
  };
  const [graph, operations] = await Promise.all([all(graphQueries(seconds)), all(operationQueries(seconds))]);
  return { graph: graphOf(graph), operations: operationsOf(operations) };
}
