/** What a question to the store gave, once it is there, or why it is not. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

export function Asked<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  return (
    <p className="app-wait" role={query.error ? 'alert' : undefined}>
      {query.error?.message ?? 'Loading…'}
    </p>
  );
}
