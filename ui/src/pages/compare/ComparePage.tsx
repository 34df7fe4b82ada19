/** Two traces side by side: every span of both, how long it took in each, what came and what went. */
import { useQuery } from '@tanstack/react-query';
import type { CSSProperties } from 'react';
import { Link, useParams } from 'wouter';
import { type ComparedRow, type Comparison, comparison, type Side } from '../../api/proofs';
import { Table } from '../../components/Table';
import { compareUrl, traceUrl } from '../../explore/links';
import { formatValue } from '../../lib/units';
import { useTitle } from '../../state/useTitle';
import { changeOf, difference, inWords } from '../../trace/compared';
import './ComparePage.css';

/** Deeper spans are set in no further. */
const DEEPEST = 14;
/** Operations of the critical paths. */
const MOST = 10;
const COLUMNS = ['#A', '#B', '#Difference'];

export default function ComparePage() {
  const { base = '', compare = '' } = useParams<{ base: string; compare: string }>();
  const { data, error } = useQuery({
    queryKey: ['compare', base, compare],
    queryFn: ({ signal }) => comparison(base, compare, signal),
  });
  useTitle(['Two traces']);
  if (error) {
    return (
      <p className="app-wait" role="alert">
        {error.message}
      </p>
    );
  }
  return data ? <Compared found={data} /> : <p className="app-wait">Loading…</p>;
}

function Compared({ found }: { found: Comparison }) {
  const { base, compare, rows, critical_path } = found;
  const longest = Math.max(base.duration_ns, compare.duration_ns, 1);
  return (
    <div className="compare">
      <h1>Two traces side by side</h1>
      <dl className="compare-wholes">
        {[base, compare].map((whole, at) => (
          <div key={whole.trace_id + String(at)}>
            <dt>{at === 0 ? 'A' : 'B'}</dt>
            <dd>
              <Link href={traceUrl(whole.trace_id)}>{whole.trace_id}</Link>
              {`, ${formatValue(whole.duration_ns / 1e6, 'ms')}, ${whole.spans} spans, ${whole.failed} failed`}
            </dd>
          </div>
        ))}
      </dl>
      <p>
        {inWords(base.duration_ns, compare.duration_ns)}{' '}
        <Link href={compareUrl(compare.trace_id, base.trace_id)}>Exchange A and B</Link>
      </p>
      <Table title="What they waited for" columns={['Operation', ...COLUMNS]} none="No spans were found.">
        {critical_path.slice(0, MOST).map((one) => (
          <tr key={`${one.service} ${one.name}`}>
            <td>
              <span className="muted">{one.service}</span> {one.name}
            </td>
            <td className="number">{formatValue(one.base_ns / 1e6, 'ms')}</td>
            <td className="number">{formatValue(one.compare_ns / 1e6, 'ms')}</td>
            <td className="number">{difference(one.base_ns, one.compare_ns)}</td>
          </tr>
        ))}
      </Table>
      <div className="compare-spans">
        <Table title="Spans" columns={['Span', ...COLUMNS]} none="Neither trace has a span.">
          {rows.map((row) => (
            <Row
              key={`${row.base?.span_id ?? '-'} ${row.compare?.span_id ?? '-'}`}
              row={row}
              longest={longest}
            />
          ))}
        </Table>
      </div>
    </div>
  );
}

function Row({ row, longest }: { row: ComparedRow; longest: number }) {
  return (
    <tr data-only={row.base ? (row.compare ? undefined : 'A') : 'B'}>
      <td style={{ '--depth': Math.min(row.depth, DEEPEST) } as CSSProperties}>
        <span className="muted">{row.service}</span> {row.name}
        {row.attributes.length > 0 && (
          <details>
            <summary className="muted">
              {row.attributes.length === 1
                ? '1 attribute differs'
                : `${row.attributes.length} attributes differ`}
            </summary>
            <dl>
              {row.attributes.map(({ name, base, compare }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    {shown(base)} → {shown(compare)}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </td>
      <Cell side={row.base} longest={longest} />
      <Cell side={row.compare} longest={longest} />
      <td className="number">{changeOf(row)}</td>
    </tr>
  );
}

function Cell({ side, longest }: { side: Side | null; longest: number }) {
  if (!side) return <td className="number muted">–</td>;
  const place = {
    marginLeft: `${(side.start_ns / longest) * 100}%`,
    width: `${Math.max((side.duration_ns / longest) * 100, 0.5)}%`,
  };
  return (
    <td className="number">
      {side.failed && <span title="failed">✗ </span>}
      {formatValue(side.duration_ns / 1e6, 'ms')}
      <span className="compare-track" aria-hidden="true">
        <span data-critical={side.critical} data-failed={side.failed} style={place} />
      </span>
    </td>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
