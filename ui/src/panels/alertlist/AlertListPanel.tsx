/** The alerts of the lab that are pending or firing, as far as the panel wants them. */
import { useQuery } from '@tanstack/react-query';
import { ruleGroups } from '../../api/status';
import { dateTime } from '../../lib/clock';
import type { PanelProps } from '../props';
import './AlertListPanel.css';

interface AlertListOptions {
  maxItems?: number;
  alertName?: string;
  /** Which states are shown; all of them if it does not say. */
  stateFilter?: Readonly<Record<string, boolean>>;
}

export function AlertListPanel({ panel, range }: PanelProps) {
  const { maxItems = 20, alertName = '', stateFilter } = (panel.options ?? {}) as AlertListOptions;
  const { data, error } = useQuery({
    queryKey: ['alert-list', range.to],
    queryFn: ({ signal }) => ruleGroups(signal),
    placeholderData: (before) => before,
  });
  if (error) return <p className="panel-message panel-error">{error.message}</p>;
  const alerts = (data ?? []).flatMap(({ rules }) => rules.flatMap((rule) => rule.alerts));
  const shown = alerts.filter(
    ({ name, state }) =>
      name.toLowerCase().includes(alertName.toLowerCase()) && stateFilter?.[state] !== false,
  );
  if (data && shown.length === 0) return <p className="panel-message">No alert is pending or firing.</p>;
  return (
    <ul className="panel-list">
      {shown.slice(0, maxItems).map(({ name, state, labels, activeMs }) => (
        <li key={JSON.stringify(labels)}>
          <strong>{name}</strong>
          <span data-state={state}>{state}</span>
          {activeMs !== null && <span className="muted">since {dateTime(activeMs)}</span>}
        </li>
      ))}
    </ul>
  );
}
