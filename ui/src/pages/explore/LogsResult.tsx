/** A log query as lines under a histogram of their levels, live if wanted; a metric query as a graph. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { queryRange } from '../../api/loki';
import { LogLines } from '../../components/LogLines';
import { Warning } from '../../components/Warning';
import type { Source } from '../../dashboard/sources';
import { withFilter } from '../../explore/logFilter';
import { volumeOf } from '../../explore/volume';
import type { OverrideJson } from '../../lib/dashboardJson';
import { plainHint } from '../../lib/hint';
import { Graph } from './Graph';
import { LiveTail } from './LiveTail';
import type { ResultProps } from './result';

const LIMIT = 500;
const SOURCES: readonly Source[] = [{ uid: 'loki', name: 'Loki', type: 'loki', isDefault: true }];
/** The levels in the colours that their lines have. */
const LEVEL_COLORS: OverrideJson[] = [
  ['/^(err|crit|fatal)/i', 'red'],
  ['/^warn/i', 'yellow'],
  ['/^(info|notice)/i', 'green'],
  ['/^(debug|trace)/i', 'blue'],
].map(([options, fixedColor]) => ({
  matcher: { id: 'byRegexp', options },
  properties: [{ id: 'color', value: { mode: 'fixed', fixedColor } }],
}));
/** A query that begins with a selector asks for lines, any other for numbers. */
const asksForLines = (query: string) => query.trimStart().startsWith('{');

export function LogsResult(props: ResultProps) {
  const [live, setLive] = useState(false);
  const { uid, query, range } = props;
  const { data, error } = useQuery({
    queryKey: ['explore-lines', uid, query, range],
    queryFn: ({ signal }) =>
      queryRange(uid, query, { ...range, step: 1000 }, { limit: LIMIT, refId: 'A' }, signal),
    enabled: !live && asksForLines(query),
  });
  if (!asksForLines(query)) {
    const target = { expr: query, legendFormat: '__auto' };
    return <Graph {...props} target={target} sources={SOURCES} title="Graph" />;
  }
  // The histogram asks a query that is made of this one, and its error would be about a text that nobody has written.
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <>
      <Graph
        {...props}
        target={{ expr: volumeOf(query), legendFormat: '{{level}}' }}
        sources={SOURCES}
        title="Lines by level"
        bars={LEVEL_COLORS}
      />
      <div className="explore-lines-head">
        <h2>Lines</h2>
        <button type="button" aria-pressed={live} onClick={() => setLive(!live)}>
          {live ? '■ Stop' : '▶ Live'}
        </button>
      </div>
      {live ? <LiveTail {...props} /> : <Lines {...props} found={data} />}
    </>
  );
}

interface LinesProps extends ResultProps {
  /** What the query has found; nothing as long as no answer is there. */
  found: Awaited<ReturnType<typeof queryRange>> | undefined;
}

function Lines({ query, onQuery, found }: LinesProps) {
  if (!found) return <p className="app-wait">Loading…</p>;
  return (
    <div className="explore-lines">
      {found.lines.length === 0 && <p>No line in this range</p>}
      {found.warnings.map((warning) => (
        <Warning key={warning}>{warning}</Warning>
      ))}
      {found.hints.map((hint) => (
        <p key={hint} className="muted">
          {plainHint(hint)}
        </p>
      ))}
      <LogLines lines={found.lines} onFilter={(filter) => onQuery(withFilter(query, filter))} />
      {found.lines.length === LIMIT && (
        <p className="muted">The newest {LIMIT} lines; a shorter range shows the others.</p>
      )}
    </div>
  );
}
