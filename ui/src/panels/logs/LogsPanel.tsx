/** The newest lines of a log query. */
import { LogLines } from '../../components/LogLines';
import type { PanelProps } from '../props';
import './LogsPanel.css';

export function LogsPanel({ data }: PanelProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <div className="logs-panel" tabIndex={0} role="log" aria-label="Log lines">
      <LogLines lines={data.lines} />
    </div>
  );
}
