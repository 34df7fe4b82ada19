/** Panels of Grafana that have no place here: they say plainly why. */
import type { PanelProps } from './props';

const REASONS: Readonly<Record<string, string>> = {
  news: 'A news feed comes from another site, and this page asks its own lab only.',
  welcome: 'This is the welcome panel of Grafana.',
  'library-panel':
    'Its definition is kept in the library of the Grafana that it comes from. Export the dashboard with “export for sharing externally” to bring it along.',
};

export function AbsentPanel({ panel }: PanelProps) {
  const name = panel.libraryPanel?.name;
  return (
    <p className="panel-message">
      {name && `Library panel “${name}”. `}
      {REASONS[panel.type]}
    </p>
  );
}
