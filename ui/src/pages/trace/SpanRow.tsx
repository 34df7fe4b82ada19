/** One span: its name in the tree, and its bar over time. */
import type { CSSProperties, KeyboardEvent } from 'react';
import { formatValue } from '../../lib/units';
import { noteOf, wasCancelled } from '../../trace/describe';
import type { Row } from '../../trace/tree';
import { placeIn, type View } from '../../trace/view';

/** Below this width of the window, in pixels, a text takes a third of the bars' width. */
const NARROW = 600;

/** Deeper levels are set in no further. */
const DEEPEST = 14;

interface SpanRowProps {
  row: Row;
  /** The time that is drawn. */
  view: View;
  /** Whether the search found it; `undefined` while nothing is searched. */
  matches: boolean | undefined;
  color: string;
  /** How many log lines it has. */
  lines: number;
  folded: boolean;
  open: boolean;
  /** True for the one bar that the Tab key reaches; arrow keys reach the others. */
  tabbable: boolean;
  onFold: () => void;
  onOpen: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function SpanRow(props: SpanRowProps) {
  const { row, view, matches, color, lines, folded, open, tabbable, onFold, onOpen, onKeyDown } = props;
  const { span, depth, descendants, orphan } = row;
  const duration = formatValue(span.duration, 'ms');
  const note = noteOf(span);
  const error = span.error ? ', failed' : '';
  return (
    <div className="span-row" data-open={open} data-matches={matches}>
      <span className="span-name" style={{ '--depth': Math.min(depth, DEEPEST) } as CSSProperties}>
        {descendants > 0 ? (
          <button
            type="button"
            className="quiet span-fold"
            tabIndex={-1}
            aria-expanded={!folded}
            aria-label={`${folded ? 'Expand' : 'Collapse'} ${descendants} spans below ${span.name}`}
            onClick={onFold}
          >
            {folded ? '▸' : '▾'}
          </button>
        ) : (
          <span className="span-fold" />
        )}
        <i style={{ background: color }} />
        <span className="span-title" title={`${span.service} ${span.name}`}>
          <span className="muted">{span.service}</span> {span.name}
          {note && <span className="span-note">{note}</span>}
        </span>
        {folded && <span className="span-count">+{descendants}</span>}
        {orphan && <em title="its parent is not in the store">orphan</em>}
      </span>
      <button
        type="button"
        className="span-bar-cell"
        tabIndex={tabbable ? 0 : -1}
        aria-expanded={open}
        aria-label={`${span.service} ${span.name} ${note}, ${duration}${error}${lines > 0 ? `, ${lines} log lines` : ''}`}
        onClick={onOpen}
        onKeyDown={onKeyDown}
      >
        <Bar span={span} view={view} color={color} text={duration} />
      </button>
    </div>
  );
}

function Bar({ span, view, color, text }: { span: Row['span']; view: View; color: string; text: string }) {
  const drawn = placeIn(span, view);
  if (!drawn) return <span className="span-track" />;
  const { left, width } = drawn;
  const style = {
    left: `${left}%`,
    width: `${width}%`,
    '--bar': span.error ? 'var(--bad)' : color,
  } as CSSProperties;
  // The text stands behind the bar, before it if there is no room, and inside if there is none at all.
  const room = window.innerWidth < NARROW ? 32 : 13;
  const place = left + width < 100 - room ? 'after' : left > room ? 'before' : 'inside';
  const at =
    place === 'after'
      ? { left: `${left + width}%` }
      : place === 'before'
        ? { right: `${100 - left}%` }
        : { right: `${Math.max(100 - left - width, 0)}%` };
  return (
    <span className="span-track">
      <span className="span-bar" data-cancelled={wasCancelled(span)} style={style} />
      <span className="span-time" data-place={place} style={at}>
        {text}
      </span>
    </span>
  );
}
