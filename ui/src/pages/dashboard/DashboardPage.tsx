/** One dashboard: its bar (time, refresh, variables) and its rows of panels. */
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Link, useParams } from 'wouter';
import { dataSources, dashboard as loadDashboard } from '../../api/lab';
import { TimePicker } from '../../components/TimePicker';
import { type DashboardJson, sections } from '../../dashboard/model';
import type { Source } from '../../dashboard/queries';
import { parseDuration } from '../../lib/duration';
import { type RawRange, resolveRange, type TimeRange } from '../../lib/timeRange';
import { useUrlParam, useUrlRange } from '../../state/url';
import { useNow } from '../../state/useNow';
import { Section } from './Section';
import './DashboardPage.css';

const STANDARD_RANGE: RawRange = { from: 'now-15m', to: 'now' };

export default function DashboardPage() {
  const { uid = '' } = useParams<{ uid: string }>();
  const loaded = useQuery({
    queryKey: ['dashboard', uid],
    queryFn: ({ signal }) => loadDashboard(uid, signal),
  });
  const sources = useQuery({
    queryKey: ['datasources'],
    queryFn: ({ signal }) => dataSources(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const error = loaded.error ?? sources.error;
  if (error) {
    return (
      <p className="app-wait" role="alert">
        {error.message}. <Link href="/dashboards">See the dashboards</Link>
      </p>
    );
  }
  if (!loaded.data || !sources.data) return <p className="app-wait">Loading…</p>;
  return <Dashboard key={uid} dashboard={loaded.data} sources={sources.data} />;
}

function Dashboard({ dashboard, sources }: { dashboard: DashboardJson; sources: readonly Source[] }) {
  const [raw, setRaw] = useUrlRange(dashboard.time ?? STANDARD_RANGE);
  const [refreshParam, setRefresh] = useUrlParam('refresh');
  const refresh = refreshParam ?? (typeof dashboard.refresh === 'string' ? dashboard.refresh : '');
  const [now, renew] = useNow(parseDuration(refresh));
  const range = useMemo(() => resolveRange(raw, now), [raw, now]);
  const zoom = useCallback(
    ({ from, to }: TimeRange) => setRaw({ from: String(from), to: String(to) }),
    [setRaw],
  );
  const rows = useMemo(() => sections(dashboard), [dashboard]);
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const toggle = (id: number) =>
    setToggled((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <div className="dashboard">
      <div className="dashboard-bar">
        <h1>{dashboard.title}</h1>
        <TimePicker range={raw} onRange={setRaw} refresh={refresh} onRefresh={setRefresh} onNow={renew} />
      </div>
      {rows.map((section) => (
        <Section
          key={section.id}
          section={section}
          open={section.collapsed === toggled.has(section.id)}
          onToggle={() => toggle(section.id)}
          range={range}
          scope={NO_VARIABLES}
          sources={sources}
          onZoom={zoom}
        />
      ))}
    </div>
  );
}

const NO_VARIABLES = {};
