/** A log query as lines under a histogram of their levels, live if wanted; a metric query as a graph. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { queryRange } from '../../api/loki';
import { LogLines } from '../../components/LogLines';
import { Warning } from '../../components/Warning';
import type { PlacedPanel } from '../../dashboard/model';
import type { Source } from '../../dashboard/sources';
import { withFilter } from '../../explore/logFilter';
import type { OverrideJson } from '../../lib/dashboardJson';
import { plainHint } from '../../lib/hint';
import { Panel } from '../../panels/Panel';
import { LiveTail } from './LiveTail';
import type { ResultProps } from './result';

const LIMIT = 500;
const SOURCES: readonly Source[] = [{ uid: 'loki', name: 'Loki', type: 'loki', isDefault: true }];
const NO_VARIABLES = {};
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
  if (!asksForLines(props.query)) return <Graph {...props} expr={props.query} title="Graph" />;
  return (
    <>
      <Graph
        {...props}
        expr={`sum by (level) (count_over_time(${props.query} [$__interval]))`}
        title="Lines by level"
        bars
      />
      <div className="explore-lines-head">
        <h2>Lines</h2>
        <button type="button" aria-pressed={live} onClick={() => setLive(!live)}>
          {live ? '■ Stop' : '▶ Live'}
        </button>
      </div>
      {live ? <LiveTail {...props} /> : <Lines {...props} />}
    </>
  );
}

function Lines({ uid, query, range, onQuery }: ResultProps) {
  const { data, error } = useQuery({
    queryKey: ['explore-lines', uid, query, range],
    queryFn: ({ signal }) =>
      queryRange(uid, query, { ...range, step: 1000 }, { limit: LIMIT, refId: 'A' }, signal),
  });
  if (error) return <p role="alert">{error.message}</p>;
  if (!data) return <p className="app-wait">Loading…</p>;
  return (
    <div className="explore-lines">
      {data.lines.length === 0 && <p>No line in this range</p>}
      {data.warnings.map((warning) => (
        <Warning key={warning}>{warning}</Warning>
      ))}
      {data.hints.map((hint) => (
        <p key={hint} className="muted">
          {plainHint(hint)}
        </p>
      ))}
      <LogLines lines={data.lines} onFilter={(filter) => onQuery(withFilter(query, filter))} />
      {data.lines.length === LIMIT && (
        <p className="muted">The newest {LIMIT} lines; a shorter range shows the others.</p>
      )}
    </div>
  );
}

function Graph({
  expr,
  title,
  bars = false,
  range,
  onZoom,
}: ResultProps & { expr: string; title: string; bars?: boolean }) {
  const panel = useMemo((): PlacedPanel => {
    const custom = bars
      ? { drawStyle: 'bars', fillOpacity: 70, stacking: { mode: 'normal' } }
      : { drawStyle: 'line', lineWidth: 1, fillOpacity: 6 };
    return {
      id: 1,
      type: 'timeseries',
      title,
      gridPos: { x: 0, y: 0, w: 24, h: 6 },
      targets: [{ refId: 'A', expr, legendFormat: bars ? '{{level}}' : '__auto' }],
      maxDataPoints: bars ? 120 : 1000,
      fieldConfig: { defaults: { unit: 'short', custom }, overrides: bars ? LEVEL_COLORS : [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' } },
    };
  }, [expr, title, bars]);
  return (
    <div className="explore-histogram">
      <Panel panel={panel} range={range} scope={NO_VARIABLES} sources={SOURCES} onZoom={onZoom} />
    </div>
  );
}
