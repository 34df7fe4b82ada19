/** What people noted about a moment, kept by the lab. */
import type { TimeRange } from '../lib/timeRange';
import { getJson } from './client';

/** Times in milliseconds; `panelId` 0 stands for every panel, no `dashboardUID` for every dashboard. */
export interface Note {
  dashboardUID: string | null;
  panelId: number;
  time: number;
  timeEnd: number;
  text: string;
  tags: string[];
}

/** Which notes a list shows: at most so many, those with all of the tags, of one dashboard or of all. */
interface Wanted {
  limit: number;
  tags: readonly string[];
  dashboard?: string | undefined;
  range?: TimeRange | undefined;
}

const MOST = 1000;

/** The newest notes. */
export function newestNotes(
  { limit, tags, dashboard, range }: Wanted,
  signal?: AbortSignal,
): Promise<Note[]> {
  const times = range && { from: Math.floor(range.from), to: Math.ceil(range.to) };
  return getJson<Note[]>('/api/annotations', { limit, tags, dashboardUID: dashboard, ...times }, signal);
}

/** The notes of a dashboard, and those of no dashboard. */
export async function notesOf(dashboard: string, range: TimeRange, signal?: AbortSignal): Promise<Note[]> {
  const params = { from: Math.floor(range.from), to: Math.ceil(range.to), limit: MOST };
  const all = await getJson<Note[]>('/api/annotations', params, signal);
  return all.filter(({ dashboardUID }) => !dashboardUID || dashboardUID === dashboard);
}
