/**
 * A table of facts: a heading (level 0: a name for screen readers only), columns (`#` before a name sets
 * numbers, a last one without a name has links), or why there is nothing.
 */
import { Children, type ReactNode, useId } from 'react';
import { formatValue } from '../lib/units';
import { useClock } from '../state/useClock';
import './Table.css';

interface TableProps {
  title: string;
  level?: 0 | 2 | 3;
  columns: readonly string[];
  none: string;
  children: ReactNode;
}

export function Table({ title, level = 2, columns, none, children }: TableProps) {
  const id = useId();
  const Heading = level === 3 ? 'h3' : 'h2';
  const empty = Children.count(children) === 0;
  return (
    <section className="status-section" aria-labelledby={id}>
      {level === 0 ? (
        <span id={id} className="visually-hidden">
          {title}
        </span>
      ) : (
        <Heading id={id}>{title}</Heading>
      )}
      {empty ? (
        <p className="muted">{none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="status-scroll" tabIndex={0} aria-label={`${title}, table`}>
          <table data-links={columns.at(-1) === '' || undefined}>
            <thead>
              <tr>
                {columns.map((column) =>
                  column === '' ? (
                    <td key="links" />
                  ) : (
                    <th key={column} scope="col" className={column.startsWith('#') ? 'number' : undefined}>
                      {column.replace(/^#/, '')}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </section>
      )}
    </section>
  );
}

/** Good or not, by colour and by word. */
export function State({ good, text }: { good: boolean; text: string }) {
  return (
    <span className="status-state" data-good={good}>
      {text}
    </span>
  );
}

/** How long ago a moment was. */
export function Age({ ms }: { ms: number | null }) {
  const now = useClock();
  if (ms === null) return <span className="muted">never</span>;
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  return <time dateTime={new Date(ms).toISOString()}>{formatValue(seconds, 's')} ago</time>;
}
