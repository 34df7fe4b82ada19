/** Traces that a TraceQL query found, newest first; each leads to its waterfall. */
import { Link } from 'wouter';
import { clock } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import type { PanelProps } from '../props';
import './TracesPanel.css';

export function TracesPanel({ data }: PanelProps) {
  const newest = [...data.traces].sort((a, b) => Number(b.startTimeUnixNano) - Number(a.startTimeUnixNano));
  const longest = Math.max(1, ...newest.map(({ durationMs }) => durationMs));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section className="traces-panel" aria-label="Traces" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Start</th>
            <th scope="col">Trace</th>
            <th scope="col">Duration</th>
          </tr>
        </thead>
        <tbody>
          {newest.map((trace) => (
            <tr key={trace.traceID}>
              <td>{clock(Number(trace.startTimeUnixNano) / 1e6)}</td>
              <td>
                <Link href={`/explore/trace/${encodeURIComponent(trace.traceID)}`}>
                  {trace.rootServiceName} {trace.rootTraceName}
                </Link>
              </td>
              <td>
                <span className="trace-duration" style={{ width: `${(trace.durationMs / longest) * 60}%` }} />{' '}
                {formatValue(trace.durationMs, 'ms')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
