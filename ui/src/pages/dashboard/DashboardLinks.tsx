/** The dashboard's own links, and the switches of its annotations. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { dashboardsQuery } from '../../api/lab';
import type { LinkJson } from '../../lib/dashboardJson';
import type { AnnotationSwitch } from './useAnnotations';

interface DashboardLinksProps {
  links: readonly LinkJson[];
  switches: readonly AnnotationSwitch[];
  onToggle: (name: string) => void;
}

export function DashboardLinks({ links, switches, onToggle }: DashboardLinksProps) {
  const shown = switches.filter(({ hidden }) => !hidden);
  const byTag = links.filter(({ type }) => type === 'dashboards');
  const addresses = links.filter(({ url }) => url && /^(https?:\/\/|\/(?!\/))/i.test(url));
  if (shown.length + byTag.length + addresses.length === 0) return null;
  return (
    <div className="dashboard-links">
      {shown.map(({ name, on, answer }) => (
        <label key={name} title={answer?.problem}>
          <input type="checkbox" checked={on} onChange={() => onToggle(name)} />
          <i style={{ background: answer?.color }} />
          {name}
          {answer && (
            <span className={answer.problem ? 'panel-note' : 'muted'}>
              {answer.problem ?? `${answer.marks.length} ${answer.marks.length === 1 ? 'event' : 'events'}`}
            </span>
          )}
        </label>
      ))}
      {byTag.length > 0 && <Tagged tags={byTag.flatMap(({ tags }) => tags ?? [])} />}
      {addresses.map(({ title, url = '', tooltip }) =>
        url.startsWith('/') ? (
          <Link key={url} href={url} title={tooltip}>
            {title || url}
          </Link>
        ) : (
          <a key={url} href={url} title={tooltip} target="_blank" rel="noreferrer noopener">
            {title || url} ↗
          </a>
        ),
      )}
    </div>
  );
}

/** The lab's dashboards that carry one of the tags. */
function Tagged({ tags }: { tags: readonly string[] }) {
  const { data = [] } = useQuery(dashboardsQuery);
  const found = data.filter((one) => tags.length === 0 || one.tags.some((tag) => tags.includes(tag)));
  return found.map((one) => (
    <Link key={one.uid} href={`/d/${encodeURIComponent(one.uid)}`}>
      {one.title}
    </Link>
  ));
}
