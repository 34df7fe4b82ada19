/** The lab's dashboards as links. Stars and recent visits, which Grafana keeps per user, do not exist here. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { dashboardsQuery } from '../../api/lab';
import type { PanelProps } from '../props';

interface DashListOptions {
  query?: string;
  tags?: string[];
  maxItems?: number;
}

export function DashListPanel({ panel }: PanelProps) {
  const { query = '', tags = [], maxItems = 10 } = (panel.options ?? {}) as DashListOptions;
  const { data = [], error } = useQuery(dashboardsQuery);
  const found = data.filter(
    (one) =>
      one.title.toLowerCase().includes(query.toLowerCase()) && tags.every((tag) => one.tags.includes(tag)),
  );
  if (error) return <p className="panel-message panel-error">{error.message}</p>;
  return (
    <ul className="panel-list">
      {found.slice(0, maxItems).map((one) => (
        <li key={one.uid}>
          <Link href={`/d/${encodeURIComponent(one.uid)}`}>{one.title}</Link>
        </li>
      ))}
    </ul>
  );
}
