/** Names and values: the flags that the store was started with, and what it runs with. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { flags, runtime } from '../../api/prometheusStatus';
import { Table } from '../../components/Table';
import { Asked } from './Asked';

export function Flags() {
  const query = useQuery({ queryKey: ['prometheus-flags'], queryFn: ({ signal }) => flags(signal) });
  return <Facts title="Flags" query={query} write={(name) => `--${name}`} />;
}

export function Runtime() {
  const query = useQuery({
    queryKey: ['prometheus-runtime'],
    queryFn: ({ signal }) => runtime(signal),
    refetchInterval: 5000,
  });
  return <Facts title="Runtime" query={query} write={(name) => name} />;
}

interface FactsProps {
  title: string;
  query: UseQueryResult<Record<string, unknown>>;
  write: (name: string) => string;
}

function Facts({ title, query, write }: FactsProps) {
  return (
    <Asked query={query}>
      {(facts) => (
        <Table title={title} level={0} columns={['Name', 'Value']} none="Nothing.">
          {Object.entries(facts)
            .filter(([, value]) => value !== '')
            .map(([name, value]) => (
              <tr key={name}>
                <td>
                  <code>{write(name)}</code>
                </td>
                <td className="status-prose">{String(value)}</td>
              </tr>
            ))}
        </Table>
      )}
    </Asked>
  );
}
