/** The lab's own status, what steers it, and the last report of `dicelab verify`. */
import { queryOptions } from '@tanstack/react-query';
import { dataSourcePath, getJson, sendJson } from './client';

export interface LabStatus {
  version: string;
  uptime_seconds: number;
  addresses: { what: string; url: string }[];
  processes: ProcessStatus[];
  faults: ActiveFault[];
  traffic: Traffic;
  targets: TargetStatus[];
  target_problems: string[];
  containers: Record<string, { lines: number; bytes: number; undecoded: number; rejected: number }>;
  signals: SignalStatus[];
  /** What the last verification came to; `null` before the first. */
  verification: VerificationSummary | null;
}

/** Something that goes wrong on purpose. */
export interface ActiveFault {
  /** As it is written: `drop-spans=0.01`. */
  fault: string;
  about: string;
  since_ms: number;
}

/** The lab's own traffic. */
export interface Traffic {
  state: 'none' | 'running' | 'paused';
  /** When a pause ends by itself. */
  paused_until_ms?: number;
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

interface TargetStatus {
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
  /** Kept although their own time is more than ten minutes ahead. */
  ahead: number;
  /** What the last time in another unit than the expected one looked like. */
  other_unit: string | null;
  evicted: number;
  memory_bytes: number;
  stored_bytes: number;
  journal_bytes: number;
  streams: number | null;
  oldest_ms: number | null;
  last_error: string | null;
  damaged_places: number;
  /** The first hundred of them, in sentences. */
  damage: string[];
}

/** The sums of a report. */
export interface VerificationSummary {
  pass: number;
  fail: number;
  skip: number;
  good: boolean;
  /** What was judged, in a sentence. */
  about: string;
  /** When it began, RFC 3339. */
  started: string;
  /** How long it took. */
  seconds: number;
}

/** One question to the pipeline and how it was judged. */
export interface Check {
  /** `area/what`. */
  id: string;
  area: string;
  status: 'pass' | 'fail' | 'skip';
  asked: string;
  expected: string;
  got: string;
  seconds: number;
  message: string;
}

export interface VerificationReport {
  checks: Check[];
  summary: VerificationSummary;
}

/** The last report; there is one if the status has its summary. */
export function verificationReport(signal?: AbortSignal): Promise<VerificationReport> {
  return getJson('/api/lab/report', {}, signal);
}

export function labStatus(signal?: AbortSignal): Promise<LabStatus> {
  return getJson('/api/lab/status', {}, signal);
}

/**
 * When the data begin, in milliseconds since the epoch and whole seconds: the oldest that a store keeps, or, before
 * there is any, the start of the lab. Where there is no lab behind the page it is not known.
 */
export const startQuery = queryOptions({
  queryKey: ['start'],
  queryFn: async ({ signal }) => {
    try {
      return startOf(await labStatus(signal), Date.now());
    } catch {
      return null;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Whether the lab runs the dice, rather than being there for other applications alone. */
export const hasDiceQuery = queryOptions({
  queryKey: ['has-dice'],
  queryFn: async ({ signal }) => (await labStatus(signal)).processes.length > 0,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The moment that {@link startQuery} answers. */
export function startOf(
  {
    uptime_seconds,
    signals,
  }: Pick<LabStatus, 'uptime_seconds'> & { signals: Pick<SignalStatus, 'oldest_ms'>[] },
  now: number,
): number {
  const began = now - uptime_seconds * 1000;
  const oldest = signals.flatMap(({ oldest_ms }) => (oldest_ms === null ? [] : [oldest_ms]));
  return Math.floor(Math.min(began, ...oldest) / 1000) * 1000;
}

/** Ends a process and starts it again. */
export async function restartProcess(name: string): Promise<void> {
  await sendJson('POST', `/api/lab/processes/${encodeURIComponent(name)}/restart`, {});
}

/** Holds the lab's own traffic, five minutes at most, or lets it go on. */
export async function steerTraffic(to: 'pause' | 'resume'): Promise<void> {
  await sendJson('POST', `/api/lab/traffic/${to}`, {});
}

export interface Rule {
  name: string;
  type: 'alerting' | 'recording';
  query: string;
  health: string;
  /** Of an alerting rule: `inactive`, `pending` or `firing`. */
  state?: string;
  lastError: string;
  /** Seconds that the last evaluation took. */
  took: number;
  /** When that was; `null` before the first. */
  evaluatedMs: number | null;
  alerts: Alert[];
}

/** An alert that is pending or firing. */
interface Alert {
  name: string;
  state: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  activeMs: number | null;
  value: number;
}

/** Rules that are evaluated together, so many seconds apart. */
export interface RuleGroup {
  /** What its queries ask: metrics by PromQL, logs by LogQL. */
  signal: 'metrics' | 'logs';
  name: string;
  file: string;
  interval: number;
  rules: Rule[];
}

interface WireAlert {
  state: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  activeAt?: string;
  value: string;
}

interface WireGroup {
  name: string;
  file: string;
  interval: number;
  rules?: (Pick<Rule, 'name' | 'type' | 'query' | 'health' | 'state'> & {
    lastError?: string;
    evaluationTime?: number;
    lastEvaluation?: string;
    alerts?: WireAlert[];
  })[];
}

/** Every rule over metrics and over logs, those that record and those that alert, with their alerts. */
export async function ruleGroups(abort?: AbortSignal): Promise<RuleGroup[]> {
  const [metrics, logs] = await Promise.all([
    groupsOf('metrics', dataSourcePath('prometheus', '/api/v1/rules'), abort),
    groupsOf('logs', dataSourcePath('loki', '/prometheus/api/v1/rules'), abort),
  ]);
  return [...metrics, ...logs];
}

async function groupsOf(
  asks: RuleGroup['signal'],
  path: string,
  signal: AbortSignal | undefined,
): Promise<RuleGroup[]> {
  const answer = await getJson<{ data: { groups: WireGroup[] } }>(path, {}, signal);
  return answer.data.groups.map(({ rules = [], ...group }) => ({
    ...group,
    signal: asks,
    rules: rules.map(({ lastError = '', evaluationTime = 0, lastEvaluation, alerts = [], ...rule }) => ({
      ...rule,
      lastError,
      took: evaluationTime,
      evaluatedMs: moment(lastEvaluation),
      alerts: alerts.map((alert) => ({
        name: alert.labels.alertname ?? rule.name,
        state: alert.state,
        labels: alert.labels,
        annotations: alert.annotations ?? {},
        activeMs: moment(alert.activeAt),
        value: Number(alert.value),
      })),
    })),
  }));
}

/** Go writes the year 1 for a time that there has not been. */
function moment(text: string | undefined): number | null {
  const at = text ? Date.parse(text) : Number.NaN;
  return at > 0 ? at : null;
}
