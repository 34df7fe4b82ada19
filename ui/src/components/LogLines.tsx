/** Log lines, one below the other; each opens to its fields and leads to its trace. All of it is text. */
import { useState } from 'react';
import { Link } from 'wouter';
import type { LogLine } from '../lib/frame';
import { clockOf, fieldsOf, levelOf, summaryOf, traceIdOf } from '../lib/logLine';
import './LogLines.css';

export function LogLines({ lines }: { lines: readonly LogLine[] }) {
  return (
    <ol className="log-lines">
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal lines may stand side by side
        <Line key={`${line.timestamp}-${at}`} line={line} />
      ))}
    </ol>
  );
}

function Line({ line }: { line: LogLine }) {
  const [open, setOpen] = useState(false);
  const { message, rest } = summaryOf(line.line);
  return (
    <li className="log-line" data-level={levelOf(line)}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time className="muted">{clockOf(line.timestamp)}</time> <span>{message}</span>{' '}
        <span className="muted">{rest}</span>
      </button>
      {open && <Details line={line} />}
    </li>
  );
}

function Details({ line }: { line: LogLine }) {
  const traceId = traceIdOf(line);
  const fields = { ...fieldsOf(line.line), ...line.metadata, ...line.labels };
  return (
    <div className="log-details">
      {traceId && <Link href={`/explore/trace/${traceId}`}>Show this trace</Link>}
      <dl>
        {Object.entries(fields).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      <pre>{line.line}</pre>
    </div>
  );
}
