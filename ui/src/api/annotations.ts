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

const MOST = 1000;

/** The notes of a dashboard, and those of no dashboard. */
export async function notesOf(dashboard: string, range: TimeRange, signal?: AbortSignal): Promise<Note[]> {
  const params = { from: Math.floor(range.from), to: Math.ceil(range.to), limit: MOST };
  const all = await getJson<Note[]>('/api/annotations', params, signal);
  return all.filter(({ dashboardUID }) => !dashboardUID || dashboardUID === dashboard);
}
