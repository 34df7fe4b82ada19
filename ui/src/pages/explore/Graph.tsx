/** The numbers of a log or trace query over time: as lines, or as stacked bars of counts. */
import { useMemo } from 'react';
import type { PlacedPanel } from '../../dashboard/model';
import type { Source } from '../../dashboard/sources';
import type { OverrideJson, TargetJson } from '../../lib/dashboardJson';
import { Panel } from '../../panels/Panel';
import type { ResultProps } from './result';

const NO_VARIABLES = {};

interface GraphProps extends Pick<ResultProps, 'range' | 'onZoom'> {
  title: string;
  sources: readonly Source[];
  /** The query, as a panel of a dashboard writes it. */
  target: Omit<TargetJson, 'refId'>;
  /** Draws bars, in the colours that these say. */
  bars?: OverrideJson[];
}

export function Graph({ title, sources, target, bars, range, onZoom }: GraphProps) {
  const written = JSON.stringify(target);
  const panel = useMemo((): PlacedPanel => {
    const custom = bars
      ? { drawStyle: 'bars', fillOpacity: 70, stacking: { mode: 'normal' } }
      : { drawStyle: 'line', lineWidth: 1, fillOpacity: 6 };
    return {
      id: 1,
      type: 'timeseries',
      title,
      gridPos: { x: 0, y: 0, w: 24, h: 6 },
      targets: [{ refId: 'A', ...JSON.parse(written) }],
      maxDataPoints: bars ? 120 : 1000,
      fieldConfig: { defaults: { unit: 'short', custom }, overrides: bars ?? [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' } },
    };
  }, [title, written, bars]);
  return (
    <div className="explore-histogram">
      <Panel panel={panel} range={range} scope={NO_VARIABLES} sources={sources} onZoom={onZoom} />
    </div>
  );
}
