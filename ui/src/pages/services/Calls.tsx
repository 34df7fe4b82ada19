/** The edges of the map as a table, with the way to their traces and panels. */
import { Link } from 'wouter';
import type { RawRange } from '../../lib/timeRange';
import type { Edge } from '../../services/graph';
import { panelsOfEdge, tracesOfEdge } from '../../services/links';
import { RedCells } from './numbers';
import { RedTable } from './RedTable';

const CONNECTIONS: Readonly<Record<string, string>> = {
  virtual_node: 'from or to outside',
  database: 'database',
  messaging_system: 'messages',
};

export function Calls({ edges, range }: { edges: readonly Edge[]; range: RawRange }) {
  return (
    <RedTable
      title="Calls"
      columns={['From', 'To', 'Connection']}
      none="No service called another one in this time."
    >
      {edges.map((edge) => (
        <tr
          key={`${edge.client} ${edge.server} ${edge.connection}`}
          data-edge={`${edge.client} → ${edge.server}`}
        >
          <td>{edge.client}</td>
          <td>{edge.server}</td>
          <td className="muted">{CONNECTIONS[edge.connection] ?? edge.connection}</td>
          <RedCells red={edge} />
          <td className="services-links">
            <Link href={tracesOfEdge(edge, range)}>Traces</Link>
            <Link href={panelsOfEdge(edge, range)}>Panels</Link>
          </td>
        </tr>
      ))}
    </RedTable>
  );
}
