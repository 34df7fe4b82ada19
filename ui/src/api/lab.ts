/** The lab's own API in Grafana's shapes: dashboards and data sources. */
import type { DashboardJson } from '../dashboard/model';
import { getJson, sendJson } from './client';

/** One row of the list of dashboards. */
export interface DashboardHit {
  uid: string;
  title: string;
  url: string;
  tags: string[];
}

export function searchDashboards(signal?: AbortSignal): Promise<DashboardHit[]> {
  return getJson('/api/search', { type: 'dash-db' }, signal);
}

/** A dashboard, and whether it was imported and so can be taken away. */
export interface LoadedDashboard {
  dashboard: DashboardJson;
  meta: { canDelete?: boolean };
}

export function dashboard(uid: string, signal?: AbortSignal): Promise<LoadedDashboard> {
  return getJson(`/api/dashboards/uid/${encodeURIComponent(uid)}`, {}, signal);
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

export function dataSources(signal?: AbortSignal): Promise<DataSource[]> {
  return getJson('/api/datasources', {}, signal);
}
