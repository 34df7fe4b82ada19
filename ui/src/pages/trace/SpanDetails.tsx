/** Everything that a span says, and the log lines written while it was active. */
import type { Attributes, Span } from '../../api/tempo';
import { LogLines } from '../../components/LogLines';
import type { LogLine } from '../../lib/frame';
import { formatValue } from '../../lib/units';

export function SpanDetails({ span, lines }: { span: Span; lines: readonly LogLine[] }) {
  return (
    <div className="span-details">
      {span.statusMessage && <p className="span-status">{span.statusMessage}</p>}
      <Table
        title="Attributes"
        attributes={{ ...span.attributes, 'span.kind': span.kind, 'span.id': span.id }}
      />
      <Table title="Resource" attributes={span.resource} />
      {span.events.map((event) => (
        <Table
          key={`${event.name}${event.time}`}
          title={`Event ${event.name} at ${formatValue(event.time, 'ms')}`}
          attributes={event.attributes}
        />
      ))}
      {lines.length > 0 && (
        <>
          <h3>Log lines</h3>
          <LogLines lines={lines} />
        </>
      )}
    </div>
  );
}

function Table({ title, attributes }: { title: string; attributes: Attributes }) {
  const entries = Object.entries(attributes).sort(([a], [b]) => a.localeCompare(b));
  if (entries.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
