/** A table whose rows end with rate, errors, duration, and links. */
import { Children, type ReactNode, useId } from 'react';

interface RedTableProps {
  title: string;
  /** The columns before rate, errors and duration. */
  columns: readonly string[];
  /** What is said when there are no rows. */
  none: string;
  children: ReactNode;
}

export function RedTable({ title, columns, none, children }: RedTableProps) {
  const id = useId();
  return (
    <section className="services-section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {Children.count(children) === 0 ? (
        <p className="muted">{none}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <section className="services-scroll" tabIndex={0} aria-label={`${title}, table`}>
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
                {['Rate', 'Errors', 'p95'].map((column) => (
                  <th key={column} scope="col" className="number">
                    {column}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </section>
      )}
    </section>
  );
}
