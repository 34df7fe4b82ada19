/** What people noted, the newest first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { newestNotes } from '../../api/annotations';
import { dateTime } from '../../lib/clock';
import type { PanelProps } from '../props';

interface AnnoListOptions {
  limit?: number;
  tags?: string[];
  onlyFromThisDashboard?: boolean;
  onlyInTimeRange?: boolean;
}

export function AnnoListPanel({ panel, range, scope }: PanelProps) {
  const {
    limit = 10,
    tags = [],
    onlyFromThisDashboard,
    onlyInTimeRange,
  } = (panel.options ?? {}) as AnnoListOptions;
  const wanted = {
    limit,
    tags,
    dashboard: onlyFromThisDashboard ? scope.__dashboard_uid?.values[0] : undefined,
    range: onlyInTimeRange ? range : undefined,
  };
  const { data, error } = useQuery({
    queryKey: ['newest-notes', wanted, range.to],
    queryFn: ({ signal }) => newestNotes(wanted, signal),
    placeholderData: (before) => before,
  });
  if (error) return <p className="panel-message panel-error">{error.message}</p>;
  if (data?.length === 0) return <p className="panel-message">Nobody has noted anything yet.</p>;
  return (
    <ul className="panel-list">
      {data?.map(({ dashboardUID, text, time, tags: own }) => (
        <li key={`${time} ${text}`}>
          <time>{dateTime(time)}</time>
          {dashboardUID ? (
            <Link href={`/d/${encodeURIComponent(dashboardUID)}`}>{text}</Link>
          ) : (
            <span>{text}</span>
          )}
          {own.map((tag) => (
            <span key={tag} className="muted">
              {tag}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
