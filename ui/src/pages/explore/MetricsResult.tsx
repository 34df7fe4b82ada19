/** A metrics query as a graph with its exemplars, and its latest values as a table. */
import { useMemo } from 'react';
import type { PlacedPanel } from '../../dashboard/model';
import type { Source } from '../../dashboard/queries';
import { Panel } from '../../panels/Panel';
import type { ResultProps } from './result';

const SOURCES: readonly Source[] = [{ uid: 'prometheus', type: 'prometheus', isDefault: true }];
const NO_VARIABLES = {};

export function MetricsResult({ query, range, onZoom }: ResultProps) {
  const [graph, table] = useMemo(() => panelsOf(query), [query]);
  const shared = { range, scope: NO_VARIABLES, sources: SOURCES, onZoom };
  return (
    <>
      <div className="explore-graph">
        <Panel panel={graph} {...shared} />
      </div>
      <div className="explore-table">
        <Panel panel={table} {...shared} />
      </div>
    </>
  );
}

function panelsOf(expr: string): [PlacedPanel, PlacedPanel] {
  const gridPos = { x: 0, y: 0, w: 24, h: 10 };
  const custom = { drawStyle: 'line', lineWidth: 1, fillOpacity: 6, showPoints: 'never' };
  return [
    {
      id: 1,
      type: 'timeseries',
      title: 'Graph',
      gridPos,
      targets: [{ refId: 'A', expr, exemplar: true }],
      fieldConfig: { defaults: { unit: 'short', custom } },
      options: { legend: { displayMode: 'list', placement: 'bottom' } },
    },
    { id: 2, type: 'table', title: 'Latest values', gridPos, targets: [{ refId: 'A', expr, instant: true }] },
  ];
}
