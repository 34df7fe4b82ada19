/** The tables of the status page: a heading, columns (`#` before a name sets numbers), or why there is nothing. */
import { Children, type ReactNode, useId } from 'react';
import { formatValue } from '../../lib/units';

interface TableProps {
  title: string;
  columns: readonly string[];
  none: string;
  children: ReactNode;
}

export function Table({ title, columns, none, children }: TableProps) {
  const id = useId();
  const empty = Children.count(children) === 0;
  return (
    <section className="status-section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {empty ? (
        <p className="muted">{none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="status-scroll" tabIndex={0} aria-label={`${title}, table`}>
          <table>
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
  if (ms === null) return <span className="muted">never</span>;
  const seconds = Math.max(0, Math.round((Date.now() - ms) / 1000));
  return <time dateTime={new Date(ms).toISOString()}>{formatValue(seconds, 's')} ago</time>;
}
