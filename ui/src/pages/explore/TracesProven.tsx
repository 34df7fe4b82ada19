/** What all traces of a search prove together: what they waited for, and how often things ran at the same time. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { concurrencyOfMany, type Many } from '../../api/proofs';
import { Table } from '../../components/Table';
import { formatValue } from '../../lib/units';

/** Rows of each table. */
const MOST = 10;

interface TracesProvenProps {
  query: string;
  range: { from: number; to: number };
}

export function TracesProven({ query, range }: TracesProvenProps) {
  const [open, setOpen] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['concurrency-of-many', query, range],
    queryFn: ({ signal }) => concurrencyOfMany({ query, from: range.from, to: range.to }, signal),
    // Every trace is read whole: only on demand.
    enabled: open,
  });
  return (
    <details className="traces-proven" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>What these traces wait for, and what runs at the same time</summary>
      {error && <p role="alert">{error.message}</p>}
      {open && !data && !error && <p className="app-wait">Reading the traces…</p>}
      {data && <Tables found={data} />}
    </details>
  );
}

function Tables({ found }: { found: Many }) {
  return (
    <>
      <p className="muted">
        {found.traces} traces, {formatValue(found.mean_duration_ns / 1e6, 'ms')} on average,{' '}
        {formatValue(found.longest_duration_ns / 1e6, 'ms')} at most
      </p>
      <Table
        title="What these traces wait for"
        level={0}
        columns={['Waited for (critical path)', '#Share', '#A trace', '#Traces']}
        none="No spans were found."
      >
        {found.critical_path.slice(0, MOST).map((one) => (
          <tr key={`${one.service} ${one.name}`}>
            <td>
              <span className="muted">{one.service}</span> {one.name}
            </td>
            <td className="number">{(one.share * 100).toFixed(1)} %</td>
            <td className="number">{formatValue(one.own_ns / Math.max(found.traces, 1) / 1e6, 'ms')}</td>
            <td className="number">{one.traces}</td>
          </tr>
        ))}
      </Table>
      {found.groups.length > 0 && <Groups groups={found.groups} />}
    </>
  );
}

function Groups({ groups }: { groups: Many['groups'] }) {
  return (
    <Table
      title="What ran several times in them"
      level={0}
      columns={['Done several times', '#Spans', '#Parallelism', '#At once', 'Concurrent, mixed, serial']}
      none=""
    >
      {groups.slice(0, MOST).map((one) => (
        <tr key={`${one.below.service} ${one.below.name} ${one.service} ${one.name}`}>
          <td>
            <span className="muted">{one.service}</span> {one.name}
            <span className="muted"> by {one.below.name}</span>
          </td>
          <td className="number">{one.spans}</td>
          <td className="number">
            {one.parallelism.toFixed(1)} ({one.least_parallelism.toFixed(1)} to{' '}
            {one.greatest_parallelism.toFixed(1)})
          </td>
          <td className="number">{one.greatest}</td>
          <td>
            {one.concurrent}, {one.mixed}, {one.serial}
          </td>
        </tr>
      ))}
    </Table>
  );
}
