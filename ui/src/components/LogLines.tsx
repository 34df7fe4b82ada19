/**
 * Log lines, one below the other; each opens to its fields and leads to its trace, to the lines around it and to
 * the metrics of what it tells. All of it is text.
 */
import { createContext, useContext, useDeferredValue, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { namesOfLine } from '../explore/correlate';
import { logsAround, millisecondsOf, traceUrl } from '../explore/links';
import type { FieldFilter, FieldOrigin } from '../explore/logFilter';
import type { LogLine } from '../lib/frame';
import { clockOf, fieldsOf, levelOf, summaryOf, traceIdOf } from '../lib/logLine';
import { MetricsLink } from './MetricsLink';
import './LogLines.css';

interface LogLinesProps {
  lines: readonly LogLine[];
  /** Narrows the query that gave these lines; without it there are no filter buttons. */
  onFilter?: (filter: FieldFilter) => void;
}

const AT_ONCE = 30;

const FilterContext = createContext<((filter: FieldFilter) => void) | undefined>(undefined);

export function LogLines({ lines, onFilter }: LogLinesProps) {
  // The first are there at once; hundreds of others come when the page has nothing more urgent to draw.
  const first = useMemo(() => lines.slice(0, AT_ONCE), [lines]);
  const shown = useDeferredValue(lines, first);
  const seen = new Map<string, number>();
  return (
    <FilterContext value={onFilter}>
      <ol className="log-lines">
        {shown.map((line) => {
          // Equal lines may stand side by side; a line keeps its key when others come before it.
          const same = `${line.timestamp} ${line.line}`;
          const copy = seen.get(same) ?? 0;
          seen.set(same, copy + 1);
          return <Line key={`${same} ${copy}`} line={line} />;
        })}
      </ol>
    </FilterContext>
  );
}

function Line({ line }: { line: LogLine }) {
  const [open, setOpen] = useState(false);
  const { message, rest } = summaryOf(line.line);
  const level = levelOf(line);
  return (
    <li className="log-line" data-level={level}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time>{clockOf(line.timestamp)}</time>
        <span className="log-level">{level === 'unknown' ? '' : level.toUpperCase()}</span>
        <span className="log-text">
          {message} <span className="muted">{rest}</span>
        </span>
      </button>
      {open && <Details line={line} />}
    </li>
  );
}

function Details({ line }: { line: LogLine }) {
  const traceId = traceIdOf(line);
  const fields = fieldsOf(line.line) ?? {};
  return (
    <div className="log-details">
      <p className="log-links">
        {traceId && <Link href={traceUrl(traceId)}>Show this trace</Link>}
        <Link href={logsAround(line)}>Logs around this time</Link>
        <MetricsLink names={namesOfLine(line)} from={millisecondsOf(line)}>
          Metrics of this service
        </MetricsLink>
      </p>
      <Fields title="Line" origin="line" fields={fields} />
      <Fields title="Metadata" origin="metadata" fields={without(line.metadata, fields)} />
      <Fields title="Labels" origin="stream" fields={line.labels} />
      {Object.keys(fields).length === 0 && <pre>{line.line}</pre>}
    </div>
  );
}

interface FieldsProps {
  title: string;
  origin: FieldOrigin;
  fields: Readonly<Record<string, unknown>>;
}

function Fields({ title, origin, fields }: FieldsProps) {
  const onFilter = useContext(FilterContext);
  const entries = Object.entries(fields);
  if (entries.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <dl>
        {entries.map(([name, value]) => {
          const text = typeof value === 'string' ? value : JSON.stringify(value);
          const filterable = onFilter && typeof value !== 'object' && /^[A-Za-z_]\w*$/.test(name);
          const filter = (keep: boolean) => onFilter?.({ name, value: text, origin, keep });
          return (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {text}
                {filterable && (
                  <span className="log-filters">
                    <button
                      type="button"
                      title="Filter for value"
                      aria-label={`Only lines with ${name} ${text}`}
                      onClick={() => filter(true)}
                    >
                      +
                    </button>
                    <button
                      type="button"
                      title="Filter out value"
                      aria-label={`No lines with ${name} ${text}`}
                      onClick={() => filter(false)}
                    >
                      −
                    </button>
                  </span>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}

/** What the line itself does not say already. */
function without(metadata: Readonly<Record<string, string>>, known: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(metadata).filter(([name, value]) => known[name] !== value));
}
