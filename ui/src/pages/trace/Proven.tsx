/** What the trace proves: what it waited for, and what it did several times. */
import { useQuery } from '@tanstack/react-query';
import { concurrency, type Group, type PathSpan, type Verdict } from '../../api/proofs';
import { Table } from '../../components/Table';
import { formatValue } from '../../lib/units';
import './Proven.css';

/** Rows of each table. */
const MOST = 8;

const WORDS: Record<Verdict, string> = {
  concurrent: 'at the same time',
  mixed: 'some waited for others',
  serial: 'one after another',
};

export function Proven({ id, spans }: { id: string; spans: number }) {
  const { data } = useQuery({
    // More spans may still come.
    queryKey: ['concurrency', id, spans],
    queryFn: ({ signal }) => concurrency(id, signal),
  });
  if (!data) return null;
  return (
    <div className="proven">
      <Path spans={data.critical_path} />
      {data.groups.length > 0 && <Groups groups={data.groups} />}
    </div>
  );
}

function Path({ spans }: { spans: readonly PathSpan[] }) {
  const longest = [...spans].sort((a, b) => b.own_ns - a.own_ns).slice(0, MOST);
  return (
    <details>
      <summary>What it waited for: the critical path</summary>
      <Table
        title="The critical path"
        level={0}
        columns={['#Own time', '#Share', 'Span']}
        none="It has no spans."
      >
        {longest.map((span) => (
          <tr key={span.span_id}>
            <td className="number">{formatValue(span.own_ns / 1e6, 'ms')}</td>
            <td className="number">{(span.share * 100).toFixed(0)} %</td>
            <td>
              <span className="muted">{span.service}</span> {span.name}
            </td>
          </tr>
        ))}
      </Table>
    </details>
  );
}

function Groups({ groups }: { groups: readonly Group[] }) {
  return (
    <details>
      <summary>What it did several times: concurrency</summary>
      <Table title="Concurrency" level={0} columns={['Spans', '#Parallelism', '#At once', 'Ran']} none="">
        {groups.slice(0, MOST).map((group) => (
          <tr key={`${group.parent_id} ${group.service} ${group.name}`}>
            <td>
              {group.count} × <span className="muted">{group.service}</span> {group.name}
              <span className="muted"> by {group.below.name}</span>
            </td>
            <td className="number">{group.parallelism.toFixed(1)}</td>
            <td className="number">{group.greatest}</td>
            <td>{group.verdict ? WORDS[group.verdict] : 'too short to tell'}</td>
          </tr>
        ))}
      </Table>
    </details>
  );
}
