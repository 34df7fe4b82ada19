/** Where everything of the lab listens. */
import type { LabStatus } from '../api/status';
import { Table } from './Table';

export function Addresses({ addresses }: Pick<LabStatus, 'addresses'>) {
  return (
    <Table title="Addresses" columns={['What', 'Where']} none="">
      {addresses.map(({ what, url }) => (
        <tr key={what}>
          <td>{what}</td>
          <td>
            <a href={url}>{url}</a>
          </td>
        </tr>
      ))}
    </Table>
  );
}
