/**
 * A metrics query as a graph with its exemplars, and its latest values as a table that leads to their logs. Native
 * histograms are drawn as a heatmap with percentiles above the buckets of the latest.
 */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { streams as streamsIn } from '../../api/loki';
import { queryHistograms, queryInstant } from '../../api/prometheus';
import type { PlacedPanel } from '../../dashboard/model';
import { logsOfSeries } from '../../explore/correlate';
import { type Frame, labelsText } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';
import { formatValue } from '../../lib/units';
import { Panel } from '../../panels/Panel';
import { HistogramsResult } from './HistogramsResult';
import { NO_VARIABLES, PROMETHEUS, type ResultProps } from './result';

/** How long the list of streams is good for, in milliseconds. */
const STREAMS_KEPT = 30_000;
/** More rows are no longer read. */
const MOST_ROWS = 200;

export function MetricsResult({ uid, query, range, onZoom }: ResultProps) {
  const graph = useMemo(() => graphOf(query), [query]);
  const { data: histograms = [] } = useQuery({
    queryKey: ['explore-histograms', uid, query, range.to],
    queryFn: ({ signal }) => queryHistograms(uid, query, range.to, signal),
  });
  if (histograms.length > 0)
    return <HistogramsResult query={query} range={range} onZoom={onZoom} histograms={histograms} />;
  return (
    <>
      <div className="explore-graph">
        <Panel panel={graph} range={range} scope={NO_VARIABLES} sources={PROMETHEUS} onZoom={onZoom} />
      </div>
      <Latest uid={uid} query={query} range={range} />
    </>
  );
}

function Latest({ uid, query, range }: { uid: string; query: string; range: TimeRange }) {
  const { data } = useQuery({
    queryKey: ['explore-latest', uid, query, range.to],
    queryFn: ({ signal }) => queryInstant(uid, query, range.to, 'A', labelsText, signal),
  });
  const { data: streams } = useQuery({
    queryKey: ['streams', Math.floor(range.to / STREAMS_KEPT), range.from],
    queryFn: ({ signal }) => streamsIn('loki', '{service_name=~".+"}', range, signal),
    staleTime: STREAMS_KEPT,
  });
  const frames = data?.frames ?? [];
  if (frames.length === 0) return null; // the graph above says why
  const names = [...new Set(frames.flatMap((frame) => Object.keys(labelsOf(frame))))].sort(nameFirst);
  return (
    <div className="explore-lines explore-table">
      <table>
        <caption>Latest values</caption>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {name === '__name__' ? 'metric' : name}
              </th>
            ))}
            <th scope="col" className="number">
              Value
            </th>
            <th scope="col">Links</th>
          </tr>
        </thead>
        <tbody>
          {frames.slice(0, MOST_ROWS).map((frame) => {
            const labels = labelsOf(frame);
            return (
              <tr key={labelsText(labels)}>
                {names.map((name) => (
                  <td key={name}>{labels[name] ?? ''}</td>
                ))}
                <td className="number">{formatValue(latestOf(frame), 'short')}</td>
                <td>{streams && <LogsLink {...logsOfSeries(labels, query, range, streams)} />}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {frames.length > MOST_ROWS && (
        <p className="muted">
          {MOST_ROWS} of {frames.length} series
        </p>
      )}
    </div>
  );
}

/** The way to the lines of a series, or what was looked for in vain. */
function LogsLink(to: ReturnType<typeof logsOfSeries>) {
  return 'href' in to ? (
    <Link href={to.href}>Logs</Link>
  ) : (
    <span className="muted" title={to.nothing}>
      no logs
    </span>
  );
}

function labelsOf(frame: Frame) {
  return frame.fields.find(({ type }) => type === 'number')?.labels ?? {};
}

function latestOf(frame: Frame): number | null {
  const value = frame.fields.find(({ type }) => type === 'number')?.values.at(-1);
  return typeof value === 'number' ? value : null;
}

function nameFirst(a: string, b: string): number {
  return Number(b === '__name__') - Number(a === '__name__') || a.localeCompare(b);
}

function graphOf(expr: string): PlacedPanel {
  const custom = { drawStyle: 'line', lineWidth: 1, fillOpacity: 6, showPoints: 'never' };
  return {
    id: 1,
    type: 'timeseries',
    title: 'Graph',
    gridPos: { x: 0, y: 0, w: 24, h: 10 },
    targets: [{ refId: 'A', expr, exemplar: true }],
    fieldConfig: { defaults: { unit: 'short', custom } },
    options: { legend: { displayMode: 'list', placement: 'bottom' } },
  };
}
