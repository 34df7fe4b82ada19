/** The lab's own API in Grafana's shapes: dashboards and data sources. */
import { queryOptions } from '@tanstack/react-query';
import type { DashboardJson } from '../lib/dashboardJson';
import { getJson, sendJson } from './client';

/** What was asked ahead of a page, in milliseconds, is not asked again by the page. */
const FRESH = 5000;

/** One row of the list of dashboards. */
export interface DashboardHit {
  uid: string;
  title: string;
  url: string;
  tags: string[];
  /** The folder in which it lies, if any. */
  folderUid?: string;
}

/** A folder of dashboards, with the folder in which it lies. */
export interface FolderHit {
  uid: string;
  title: string;
  folderUid?: string;
}

export const foldersQuery = queryOptions({
  queryKey: ['folders'],
  queryFn: ({ signal }) => getJson<FolderHit[]>('/api/search', { type: 'dash-folder' }, signal),
  staleTime: FRESH,
});

/** The list of dashboards. */
export const dashboardsQuery = queryOptions({
  queryKey: ['dashboards'],
  queryFn: ({ signal }) => getJson<DashboardHit[]>('/api/search', { type: 'dash-db' }, signal),
  staleTime: FRESH,
});

/** A dashboard, and whether it was imported and so can be taken away. */
interface LoadedDashboard {
  dashboard: DashboardJson;
  meta: { canDelete?: boolean };
}

export function dashboardQuery(uid: string) {
  return loaded(['dashboard', uid], `/api/dashboards/uid/${encodeURIComponent(uid)}`);
}

/** A dashboard as it was when somebody kept it. */
export function snapshotQuery(key: string) {
  return loaded(['snapshot', key], `/api/snapshots/${encodeURIComponent(key)}`);
}

function loaded(queryKey: string[], path: string) {
  return queryOptions({
    queryKey,
    queryFn: ({ signal }) => getJson<LoadedDashboard>(path, {}, signal),
    staleTime: FRESH,
  });
}

/** Imports a dashboard; {@link ApiError} with status 412 if another import has its uid and is not to be replaced. */
export function importDashboard(
  dashboard: unknown,
  overwrite: boolean,
): Promise<{ uid: string; url: string }> {
  return sendJson('POST', '/api/dashboards/db', { dashboard, overwrite });
}

/** Takes an imported dashboard away. */
export async function removeDashboard(uid: string): Promise<void> {
  await sendJson('DELETE', `/api/dashboards/uid/${encodeURIComponent(uid)}`, {});
}

/** A data source as Grafana lists it. */
export interface DataSource {
  uid: string;
  name: string;
  type: string;
  isDefault: boolean;
}

export const dataSourcesQuery = queryOptions({
  queryKey: ['datasources'],
  queryFn: ({ signal }) => getJson<DataSource[]>('/api/datasources', {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
