/**
 * The frame around a panel: title, menu, state, and the component that its type names. The region carries
 * `data-panel-id`, `data-panel-type` and `data-state` (loading before its first data, ready, empty, error).
 */
import { useId, useMemo, useRef, useState } from 'react';
import { useSize } from '../components/useSize';
import { useTurn, useVisible } from '../components/useVisible';
import type { Mark } from '../dashboard/annotations';
import { exploreLink } from '../dashboard/exploreLink';
import { interpolate, type Scope } from '../dashboard/interpolate';
import type { PlacedPanel } from '../dashboard/model';
import type { QueryContext } from '../dashboard/queries';
import type { Source } from '../dashboard/sources';
import { plainHint } from '../lib/hint';
import type { RawRange, TimeRange } from '../lib/timeRange';
import { Inspect } from './Inspect';
import './Panel.css';
import { type MenuItem, PanelMenu } from './PanelMenu';
import { PANELS, type PanelType } from './registry';
import { TablePanel } from './table/TablePanel';
import { type PanelQuery, usePanelData } from './usePanelData';

export interface PanelFrameProps {
  panel: PlacedPanel;
  range: TimeRange;
  scope: Scope;
  sources: readonly Source[];
  /** Ad-hoc filters, by data source. */
  filters?: QueryContext['filters'];
  /** The dashboard's annotations. */
  marks?: readonly Mark[];
  onZoom: (range: TimeRange) => void;
  /** The range as written, for links that keep moving with the clock. */
  raw?: RawRange;
  /** Shows the panel alone, or all again. */
  onView?: (panel: PlacedPanel) => void;
  /** This panel is shown alone. */
  alone?: boolean;
}

const NO_MARKS: readonly Mark[] = [];

/** A type that nobody knows says so and shows its data as a table. */
const UNKNOWN: PanelType = { component: TablePanel, needs: 'frames' };

export function Panel(props: PanelFrameProps) {
  const { panel, marks = NO_MARKS, onZoom } = props;
  const scope = useMemo(() => ({ ...props.scope, ...panel.scopedVars }), [props.scope, panel.scopedVars]);
  const titleId = useId();
  const frame = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(body);
  const visible = useVisible(frame);
  const turn = useTurn(visible);
  const [inspecting, setInspecting] = useState(false);
  const type = PANELS[panel.type] ?? UNKNOWN;
  const query = usePanelData(panel, type, { ...props, scope, width, visible, turn });
  const { state, data, range, step } = query;
  const own = (text: string) => interpolate(text, query.scope, 'text');
  const title = own(panel.title ?? '');
  const named = title || `panel ${panel.id}`;
  const Component = type.component;
  return (
    <section
      ref={frame}
      className="panel"
      aria-labelledby={titleId}
      aria-busy={query.fetching}
      data-panel-id={panel.id}
      data-panel-type={panel.type}
      data-state={state}
    >
      <header className="panel-head">
        <h3 id={titleId} title={panel.description}>
          {title || <span className="visually-hidden">{named}</span>}
        </h3>
        {panel.timeFrom && <Note text={`last ${own(panel.timeFrom).replace('now-', '')}`} />}
        {panel.timeShift && <Note text={`${own(panel.timeShift)} earlier`} />}
        {type === UNKNOWN && <Note text={`unknown panel type “${panel.type}”, shown as a table`} />}
        {query.unknown.map((id) => (
          <Note key={id} text={`transformation “${id}” is not known`} />
        ))}
        {data.warnings.map((warning) => (
          <span key={warning} role="note" className="panel-note" title={plainHint(warning)}>
            ⚠ {plainHint(warning)}
          </span>
        ))}
        <PanelMenu title={named} items={menuItems(props, query, () => setInspecting(true))} />
      </header>
      <div className="panel-body" ref={body}>
        {state === 'loading' && <p className="panel-message">Loading…</p>}
        {state === 'error' && <p className="panel-message panel-error">{query.error?.message}</p>}
        {state === 'empty' && <Empty noValue={panel.fieldConfig?.defaults?.noValue} hints={data.hints} />}
        {state === 'ready' && width > 0 && (
          <Component {...{ panel, data, range, scope: query.scope, step, width, height, marks, onZoom }} />
        )}
      </div>
      {inspecting && <Inspect title={named} data={data} onClose={() => setInspecting(false)} />}
    </section>
  );
}

function menuItems(props: PanelFrameProps, { data, range }: PanelQuery, inspect: () => void): MenuItem[] {
  const { panel, onView, alone } = props;
  const raw = props.raw ?? { from: String(range.from), to: String(range.to) };
  const [first] = data.sent;
  const href = first && exploreLink(first, raw);
  return [
    ...(onView ? [{ name: alone ? 'Back to the dashboard' : 'View alone', run: () => onView(panel) }] : []),
    { name: 'Inspect', run: inspect },
    ...(href ? [{ name: 'Explore', href }] : []),
  ];
}

/** Something about the panel beside its title; whole where the pointer rests, if there is no room for it. */
function Note({ text }: { text: string }) {
  return (
    <span className="panel-note" title={text}>
      {text}
    </span>
  );
}

/** An empty panel shows what its dashboard has for that, and why it is empty, as far as the stores know. */
function Empty({ noValue, hints }: { noValue: string | undefined; hints: readonly string[] }) {
  return (
    <div className="panel-message">
      {noValue ? <p className="panel-no-value">{noValue}</p> : <p>No data in this range</p>}
      {[...new Set(hints.map(plainHint))].map((hint) => (
        <p key={hint} className="panel-hint">
          {hint}
        </p>
      ))}
    </div>
  );
}
