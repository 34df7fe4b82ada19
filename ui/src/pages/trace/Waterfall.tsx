/** Spans as bars over time: folding, critical path, a ruler, details and log lines in place. */
import { useMemo, useState } from 'react';
import type { Trace } from '../../api/tempo';
import { colorOf } from '../../lib/color';
import type { LogLine } from '../../lib/frame';
import { groupBy } from '../../lib/groupBy';
import { formatValue } from '../../lib/units';
import { criticalPath, type Row, visibleRows } from '../../trace/tree';
import { Minimap } from './Minimap';
import { SpanDetails } from './SpanDetails';
import './Waterfall.css';

/** Rows that are drawn at once; more open on demand, so that a huge trace does not freeze the page. */
const PAGE = 500;

interface WaterfallProps {
  trace: Trace;
  rows: readonly Row[];
  lines: readonly LogLine[];
}

export function Waterfall({ trace, rows, lines }: WaterfallProps) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState(PAGE);
  const critical = useMemo(() => criticalPath(trace), [trace]);
  const bySpan = useMemo(
    () => groupBy(lines, (line) => line.metadata.span_id ?? line.labels.span_id ?? ''),
    [lines],
  );
  const visible = visibleRows(rows, closed);
  const total = trace.duration || 1;
  return (
    <section className="waterfall" aria-label="Spans">
      <Minimap rows={rows} total={total} />
      <div className="waterfall-ruler" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} style={{ left: `${share * 100}%` }}>
            {formatValue(total * share, 'ms')}
          </span>
        ))}
      </div>
      <ul>
        {visible.slice(0, shown).map((row) => (
          <SpanRow
            key={row.span.id}
            row={row}
            total={total}
            critical={critical.has(row.span.id)}
            folded={closed.has(row.span.id)}
            open={opened.has(row.span.id)}
            lines={bySpan.get(row.span.id) ?? []}
            onFold={() => setClosed((old) => toggled(old, row.span.id))}
            onOpen={() => setOpened((old) => toggled(old, row.span.id))}
          />
        ))}
      </ul>
      {visible.length > shown && (
        <button type="button" onClick={() => setShown(shown + PAGE)}>
          Show {Math.min(PAGE, visible.length - shown)} more of {visible.length} spans
        </button>
      )}
    </section>
  );
}

interface SpanRowProps {
  row: Row;
  total: number;
  critical: boolean;
  folded: boolean;
  open: boolean;
  lines: readonly LogLine[];
  onFold: () => void;
  onOpen: () => void;
}

function SpanRow({ row, total, critical, folded, open, lines, onFold, onOpen }: SpanRowProps) {
  const { span, depth, descendants, orphan } = row;
  const left = (span.start / total) * 100;
  const width = Math.max((span.duration / total) * 100, 0.15);
  const color = span.error ? 'var(--bad)' : colorOf(span.service);
  const text = formatValue(span.duration, 'ms');
  return (
    <li
      className="span"
      data-span-name={span.name}
      data-critical={critical}
      data-start={span.start}
      data-duration={span.duration}
    >
      <div className="span-row">
        <span className="span-name" style={{ paddingLeft: `${depth * 14}px` }}>
          {descendants > 0 ? (
            <button
              type="button"
              className="quiet span-fold"
              aria-expanded={!folded}
              aria-label={`${folded ? 'Unfold' : 'Fold'} ${descendants} spans below ${span.name}`}
              onClick={onFold}
            >
              {folded ? '▸' : '▾'}
            </button>
          ) : (
            <span className="span-fold" />
          )}
          <i style={{ background: colorOf(span.service) }} />
          <span className="muted">{span.service}</span> {span.name}
          {orphan && <em title="its parent is not in the store">orphan</em>}
        </span>
        <button
          type="button"
          className="span-bar-cell"
          aria-expanded={open}
          aria-label={`${span.service} ${span.name}, ${text}`}
          onClick={onOpen}
        >
          <span className="span-bar" style={{ left: `${left}%`, width: `${width}%`, background: color }} />
          <span
            className="span-time"
            style={left > 60 ? { right: `${100 - left}%` } : { left: `${left + width}%` }}
          >
            {text}
          </span>
        </button>
      </div>
      {open && <SpanDetails span={span} lines={lines} />}
    </li>
  );
}

function toggled(old: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(old);
  if (!next.delete(id)) next.add(id);
  return next;
}
