/** The lab's own status, and the restart of its processes. */
import { dataSourcePath, getJson, sendJson } from './client';

export interface LabStatus {
  version: string;
  uptime_seconds: number;
  addresses: { what: string; url: string }[];
  processes: ProcessStatus[];
  targets: TargetStatus[];
  target_problems: string[];
  containers: Record<string, { lines: number; bytes: number; undecoded: number; rejected: number }>;
  signals: SignalStatus[];
}

export interface ProcessStatus {
  name: string;
  state: 'running' | 'backing_off' | 'stopping' | 'stopped';
  pid: number | null;
  restarts: number;
  last_exit: string | null;
  started_ms: number | null;
  truncated_lines: number;
}

export interface TargetStatus {
  job: string;
  url: string;
  health: 'up' | 'down' | 'unknown';
  last_scrape_ms: number | null;
  last_duration_seconds: number;
  last_error: string;
}

/** Units are samples, lines or spans. */
export interface SignalStatus {
  name: string;
  unit: string;
  received: number;
  received_otlp: number;
  refused_requests: Record<string, number>;
  dropped: Record<string, number>;
  evicted: number;
  memory_bytes: number;
  stored_bytes: number;
  streams: number | null;
  oldest_ms: number | null;
  last_error: string | null;
}

export function labStatus(signal?: AbortSignal): Promise<LabStatus> {
  return getJson('/api/lab/status', {}, signal);
}

/** Ends a process and starts it again. */
export async function restartProcess(name: string): Promise<void> {
  await sendJson('POST', `/api/lab/processes/${encodeURIComponent(name)}/restart`, {});
}

export interface Rule {
  group: string;
  name: string;
  type: 'alerting' | 'recording';
  query: string;
  /** Of an alert `inactive`, `pending` or `firing`; of a recording its health. */
  state: string;
  lastError: string;
}

interface WireGroup {
  name: string;
  rules?: {
    name: string;
    type: Rule['type'];
    query: string;
    state?: string;
    health?: string;
    lastError?: string;
  }[];
}

/** Prometheus' rules, those that record and those that alert. */
export async function rules(uid: string, signal?: AbortSignal): Promise<Rule[]> {
  const path = dataSourcePath(uid, '/api/v1/rules');
  const answer = await getJson<{ data: { groups: WireGroup[] } }>(path, {}, signal);
  return answer.data.groups.flatMap((group) =>
    (group.rules ?? []).map(({ name, type, query, state, health, lastError = '' }) => ({
      group: group.name,
      name,
      type,
      query,
      state: state ?? health ?? 'unknown',
      lastError,
    })),
  );
}
