/**
 * The frame around a panel: title, state, and the component that its type names. The region carries
 * `data-panel-id`, `data-panel-type` and `data-state` (loading before its first data, ready, empty, error).
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useId, useMemo, useRef } from 'react';
import { useSize } from '../components/useSize';
import { interpolate, type Scope } from '../dashboard/interpolate';
import { builtIns, stepFor } from '../dashboard/interval';
import type { PlacedPanel } from '../dashboard/model';
import { type PanelData, runPanel, type Source } from '../dashboard/queries';
import { transform } from '../dashboard/transform';
import type { TimeRange } from '../lib/timeRange';
import './Panel.css';
import { PANELS, type PanelType } from './registry';
import { TablePanel } from './table/TablePanel';

export interface PanelFrameProps {
  panel: PlacedPanel;
  range: TimeRange;
  scope: Scope;
  sources: readonly Source[];
  onZoom: (range: TimeRange) => void;
}

type State = 'loading' | 'ready' | 'empty' | 'error';

/** A type that nobody knows says so and shows its data as a table. */
const UNKNOWN: PanelType = { component: TablePanel, needs: 'frames' };

export function Panel({ panel, range, scope, sources, onZoom }: PanelFrameProps) {
  const titleId = useId();
  const body = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(body);
  const type = PANELS[panel.type] ?? UNKNOWN;
  const measured = width > 0;
  const step = stepFor(range, panel.maxDataPoints ?? Math.max(width, 100), panel.interval);
  const fullScope = useMemo(() => ({ ...scope, ...builtIns(range, step) }), [scope, range, step]);
  const query = useQuery({
    queryKey: ['panel', panel.id, panel.targets, fullScope, step, range.from, range.to],
    queryFn: ({ signal }) => runPanel(panel, { range, step, scope: fullScope, sources }, signal),
    enabled: measured && type.needs !== 'nothing',
    placeholderData: keepPreviousData,
  });
  const shaped = useMemo(() => query.data && shape(panel, query.data), [panel, query.data]);
  const state = type.needs === 'nothing' ? 'ready' : stateOf(type, shaped?.data, query.error);
  const title = interpolate(panel.title ?? '', scope, 'text');
  const Component = type.component;
  return (
    <section
      className="panel"
      aria-labelledby={titleId}
      aria-busy={query.isFetching}
      data-panel-id={panel.id}
      data-panel-type={panel.type}
      data-state={state}
    >
      <header className="panel-head">
        <h3 id={titleId} title={panel.description}>
          {title || <span className="visually-hidden">Panel {panel.id}</span>}
        </h3>
        {type === UNKNOWN && (
          <span className="panel-note">unknown panel type “{panel.type}”, shown as a table</span>
        )}
        {shaped?.unknown.map((id) => (
          <span key={id} className="panel-note">
            transformation “{id}” is not known
          </span>
        ))}
      </header>
      <div className="panel-body" ref={body}>
        {state === 'loading' && <p className="panel-message">Loading…</p>}
        {state === 'error' && <p className="panel-message panel-error">{(query.error as Error).message}</p>}
        {state === 'empty' && <Empty hints={shaped?.data.hints ?? []} />}
        {state === 'ready' && measured && (
          <Component
            panel={panel}
            data={shaped?.data ?? NO_DATA}
            range={range}
            width={width}
            height={height}
            onZoom={onZoom}
          />
        )}
      </div>
    </section>
  );
}

const NO_DATA: PanelData = { frames: [], exemplars: [], lines: [], traces: [], hints: [] };

/** An empty panel says why, as far as the stores know. */
function Empty({ hints }: { hints: readonly string[] }) {
  return (
    <div className="panel-message">
      <p>No data in this range</p>
      {hints.map((hint) => (
        <p key={hint} className="panel-hint">
          {hint}
        </p>
      ))}
    </div>
  );
}

function shape(panel: PlacedPanel, data: PanelData): { data: PanelData; unknown: string[] } {
  const { frames, unknown } = transform(panel, data.frames);
  return { data: { ...data, frames }, unknown };
}

function stateOf(type: PanelType, data: PanelData | undefined, error: unknown): State {
  if (error) return 'error';
  if (!data) return 'loading';
  if (type.needs === 'nothing') return 'ready';
  return data[type.needs].length > 0 ? 'ready' : 'empty';
}
