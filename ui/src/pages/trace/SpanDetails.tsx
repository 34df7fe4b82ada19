/** Everything that a span says, the log lines written while it was active, and where it leads. */
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Attributes, Span, Trace } from '../../api/tempo';
import { LogLines } from '../../components/LogLines';
import { MetricsLink } from '../../components/MetricsLink';
import { traceUrl } from '../../explore/links';
import type { LogLine } from '../../lib/frame';
import { formatValue } from '../../lib/units';
import { routeOf, serviceNames } from '../../trace/describe';

interface SpanDetailsProps {
  trace: Trace;
  span: Span;
  byId: ReadonlyMap<string, Span>;
  lines: readonly LogLine[];
  /** Draws its time alone. */
  onZoom: () => void;
}

export function SpanDetails({ trace, span, byId, lines, onZoom }: SpanDetailsProps) {
  const served = routeOf(span, byId);
  return (
    <div className="span-details">
      <p className="span-facts">
        <span>
          <b>{formatValue(span.duration, 'ms')}</b> from {formatValue(span.start, 'ms')}
        </span>
        <span>{span.kind}</span>
        <span className="muted">{span.id}</span>
        <button type="button" className="quiet" onClick={onZoom}>
          Zoom to this span
        </button>
        <MetricsLink
          names={serviceNames(span)}
          route={served?.route}
          from={trace.startedAt}
          to={trace.startedAt + trace.duration}
        >
          Rate, errors and duration of {span.service} {served?.route}
        </MetricsLink>
      </p>
      {span.statusMessage && <p className="span-status">{span.statusMessage}</p>}
      {lines.length > 0 && (
        <>
          <h3>Log lines</h3>
          <LogLines lines={lines} />
        </>
      )}
      <Table title="Attributes" attributes={span.attributes} />
      {span.events.map((event) => (
        <Table
          key={`${event.name}${event.time}`}
          title={`Event “${event.name}” at ${formatValue(event.time, 'ms')}`}
          attributes={event.attributes}
        />
      ))}
      {span.links.map((link) => (
        <Table
          key={`${link.traceId}${link.spanId}`}
          title={`Link to span ${link.spanId}`}
          attributes={link.attributes}
        >
          <Link href={traceUrl(link.traceId)}>
            {link.traceId === trace.id ? 'In this trace' : `Show trace ${link.traceId}`}
          </Link>
        </Table>
      ))}
      {Object.keys(span.scope).length > 0 && <Table title="Instrumentation scope" attributes={span.scope} />}
      <Table title="Resource" attributes={span.resource} />
    </div>
  );
}

interface TableProps {
  title: string;
  attributes: Attributes;
  /** What stands between the title and the attributes. */
  children?: ReactNode;
}

function Table({ title, attributes, children }: TableProps) {
  const entries = Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <h3>{title}</h3>
      {children}
      {entries.length === 0 && !children && <p className="muted">none</p>}
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="span-value">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
