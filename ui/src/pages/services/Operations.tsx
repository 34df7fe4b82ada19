/** What the services do: rate, errors and duration of each operation, with the way to its traces and panels. */
import { Link } from 'wouter';
import type { RawRange } from '../../lib/timeRange';
import { panelsOfOperation, tracesOfOperation } from '../../services/links';
import type { Operation } from '../../services/operations';
import { RedCells } from './numbers';
import { RedTable } from './RedTable';

export function Operations({ operations, range }: { operations: readonly Operation[]; range: RawRange }) {
  return (
    <RedTable
      title="Operations"
      columns={['Service', 'Operation', 'Kind']}
      none="No operation was carried out in this time."
    >
      {operations.map((operation) => (
        <tr
          key={`${operation.service} ${operation.name} ${operation.kind}`}
          data-operation={`${operation.service} ${operation.name}`}
        >
          <td>{operation.service}</td>
          <td>
            <code>{operation.name}</code>
          </td>
          <td className="muted">{operation.kind}</td>
          <RedCells red={operation} />
          <td className="services-links">
            <Link href={tracesOfOperation(operation, range)}>Traces</Link>
            <Link href={panelsOfOperation(operation, range)}>Panels</Link>
          </td>
        </tr>
      ))}
    </RedTable>
  );
}
