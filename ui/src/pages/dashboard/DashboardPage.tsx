/** One dashboard, or a snapshot of one: its bar (time, refresh, variables) and its rows of panels. */
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import { dashboardQuery, dataSourcesQuery, snapshotQuery } from '../../api/lab';
import { TimePicker } from '../../components/TimePicker';
import type { Scope } from '../../dashboard/interpolate';
import { compact } from '../../dashboard/layout';
import { modern } from '../../dashboard/migrate/modern';
import { type PlacedPanel, sections } from '../../dashboard/model';
import { repeat } from '../../dashboard/repeat';
import type { Source } from '../../dashboard/sources';
import { filtersBySource, scopeOf } from '../../dashboard/variables';
import type { DashboardJson } from '../../lib/dashboardJson';
import type { RawRange } from '../../lib/timeRange';
import { Panel } from '../../panels/Panel';
import { useCommand } from '../../state/commands';
import { useUrlParam } from '../../state/url';
import { useSame } from '../../state/useSame';
import { useTitle } from '../../state/useTitle';
import { usePageTime } from '../usePageTime';
import { DashboardLinks } from './DashboardLinks';
import { RemoveButton } from './RemoveButton';
import { Section } from './Section';
import { useAnnotations } from './useAnnotations';
import { useVariables } from './useVariables';
import { VariableBar } from './VariableBar';
import './DashboardPage.css';

const STANDARD_RANGE: RawRange = { from: 'now-15m', to: 'now' };

export default function DashboardPage() {
  const { uid = '', key } = useParams<{ uid: string; key: string }>();
  const loaded = useQuery(key === undefined ? dashboardQuery(uid) : snapshotQuery(key));
  const sources = useQuery(dataSourcesQuery);
  const error = loaded.error ?? sources.error;
  const dashboard = useMemo(() => loaded.data && modern(loaded.data.dashboard), [loaded.data]);
  if (error) {
    return (
      <p className="app-wait" role="alert">
        {error.message}. <Link href="/dashboards">See the dashboards</Link>
      </p>
    );
  }
  if (!dashboard || !sources.data) return <p className="app-wait">Loading…</p>;
  const removable = loaded.data?.meta.canDelete ?? false;
  return <Dashboard key={key ?? uid} dashboard={dashboard} sources={sources.data} removable={removable} />;
}

interface DashboardProps {
  dashboard: DashboardJson;
  sources: readonly Source[];
  /** It was imported. */
  removable: boolean;
}

function Dashboard({ dashboard, sources, removable }: DashboardProps) {
  const interval = typeof dashboard.refresh === 'string' ? dashboard.refresh : undefined;
  const { raw, range, ready, zoom, picker } = usePageTime(dashboard.time ?? STANDARD_RANGE, interval);
  const { variables, choose } = useVariables(dashboard, sources, raw, range);
  const scope = useMemo(
    () => ({ ...constants(dashboard), ...scopeOf(variables ?? []) }),
    [dashboard, variables],
  );
  const filters = useMemo(() => filtersBySource(variables ?? []), [variables]);
  const known = variables !== undefined;
  const { switches, toggle: annotate } = useAnnotations(dashboard, { range, scope, sources, ready: known });
  const marks = useSame(switches.flatMap(({ answer }) => answer?.marks ?? []));
  const rows = useMemo(
    () => repeat(sections(dashboard), scope).map((row) => ({ ...row, panels: compact(row.panels) })),
    [dashboard, scope],
  );
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) =>
    setToggled((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const [viewed, setViewed] = useUrlParam('viewPanel', 'push');
  const panels = rows.flatMap((section) => section.panels);
  const alone = viewed ? panels.find(({ id }) => String(id) === viewed) : undefined;
  useTitle([alone?.title, dashboard.title]);
  useCommand('leave', () => viewed && setViewed(undefined));
  const view = ({ id }: PlacedPanel) => setViewed(viewed ? undefined : String(id));
  const shared = { range, raw, scope, sources, filters, marks, onZoom: zoom, onView: view };
  if (!variables || !ready) return <p className="app-wait">Loading…</p>;
  return (
    <div className="dashboard">
      <div className="dashboard-bar">
        <h1>{dashboard.title}</h1>
        {removable && dashboard.uid && <RemoveButton uid={dashboard.uid} />}
        <TimePicker {...picker} />
      </div>
      <VariableBar variables={variables} onChoose={choose} />
      <DashboardLinks links={dashboard.links ?? []} switches={switches} onToggle={annotate} />
      {viewed && !alone && <p role="alert">This dashboard has no panel {viewed}.</p>}
      {alone ? (
        <div className="dashboard-alone">
          <button type="button" className="quiet" onClick={() => setViewed(undefined)}>
            ← All panels
          </button>
          <Panel key={alone.id} panel={alone} alone {...shared} />
        </div>
      ) : (
        rows.map((section) => (
          <Section
            key={section.id}
            section={section}
            open={section.collapsed === toggled.has(section.id)}
            onToggle={() => toggle(section.id)}
            {...shared}
          />
        ))
      )}
    </div>
  );
}

/** What a dashboard's queries and texts may say of itself. The lab has neither users nor organisations. */
function constants({ uid = '', title = '' }: DashboardJson): Scope {
  const all = { __dashboard: title, __dashboard_uid: uid, __org: '1', __user: 'anonymous' };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { values: [value] }]));
}
