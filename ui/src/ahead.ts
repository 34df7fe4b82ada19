/** Asks for what the page of an address needs first, while the page's own code is still on its way. */
import type { QueryClient } from '@tanstack/react-query';
import { dashboardQuery, dashboardsQuery, dataSourcesQuery } from './api/lab';
import { startQuery } from './api/status';

export function askAhead(cache: QueryClient, path: string): void {
  const uid = /^\/d\/([\w-]+)/.exec(path)?.[1];
  if (uid) {
    cache.prefetchQuery(dashboardQuery(uid));
    cache.prefetchQuery(dataSourcesQuery);
    cache.prefetchQuery(startQuery);
  } else if (path === '/explore') {
    cache.prefetchQuery(startQuery);
  } else if (path === '/' || path === '/dashboards') {
    cache.prefetchQuery(dashboardsQuery);
  }
}
