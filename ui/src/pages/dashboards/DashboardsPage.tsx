/** The dashboards by folder, searched by name and tag. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import { type DashboardHit, dashboardsQuery, foldersQuery } from '../../api/lab';
import { useUrlParam } from '../../state/url';
import { useTitle } from '../../state/useTitle';
import { byFolder } from './byFolder';
import './DashboardsPage.css';

export default function DashboardsPage() {
  useTitle(['Dashboards']);
  const [text = '', setText] = useUrlParam('query');
  const [tag, setTag] = useUrlParam('tag');
  const { data = [], error, isPending } = useQuery(dashboardsQuery);
  const { data: folders = [] } = useQuery(foldersQuery);
  const tags = useMemo(() => [...new Set(data.flatMap((one) => one.tags))].sort(), [data]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const searched = words.length > 0 || tag !== undefined;
  const found = data.filter(
    (one) =>
      words.every((word) => one.title.toLowerCase().includes(word)) && (!tag || one.tags.includes(tag)),
  );
  return (
    <div className="dashboards">
      <div className="dashboards-head">
        <h1>Dashboards</h1>
        <Link href="/dashboards/import">Import a dashboard</Link>
      </div>
      <div className="dashboards-search">
        <label>
          <span className="visually-hidden">Search by name</span>
          <input
            type="search"
            placeholder="Search by name"
            value={text}
            onChange={(event) => setText(event.target.value || undefined)}
          />
        </label>
        {tags.map((one) => (
          <button
            key={one}
            type="button"
            className="tag"
            aria-pressed={one === tag}
            onClick={() => setTag(one === tag ? undefined : one)}
          >
            {one}
          </button>
        ))}
      </div>
      {error && <p role="alert">{error.message}</p>}
      {!isPending && !error && found.length === 0 && (
        <p className="muted">
          No dashboard matches. Drop Grafana JSON into the dashboards folder, or import it.
        </p>
      )}
      {byFolder(found, folders, !searched).map(({ uid, title, dashboards }) => (
        <section key={uid} aria-label={title || 'Without a folder'}>
          {title && <h2>{title}</h2>}
          {dashboards.length > 0 ? <Boards list={dashboards} /> : <p className="muted">No dashboards yet.</p>}
        </section>
      ))}
    </div>
  );
}

function Boards({ list }: { list: readonly DashboardHit[] }) {
  return (
    <ul>
      {list.map((one) => (
        <li key={one.uid}>
          <Link href={`/d/${encodeURIComponent(one.uid)}`}>{one.title}</Link>
          <span className="muted">{one.tags.join(' · ')}</span>
        </li>
      ))}
    </ul>
  );
}
