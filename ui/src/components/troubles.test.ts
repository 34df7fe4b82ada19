import { expect, it } from 'vitest';
import type { LabStatus } from '../api/status';
import { countsOf, troublesOf } from './troubles';

const good: LabStatus = {
  version: '1',
  uptime_seconds: 1,
  addresses: [],
  processes: [],
  faults: [],
  traffic: { state: 'none' },
  targets: [],
  target_problems: [],
  containers: {},
  signals: [],
  verification: null,
};

it('counts are told by reason, zeros are not', () => {
  expect(countsOf({ too_old: 3, disk_full: 0, invalid: 1 })).toBe('3 too old, 1 invalid');
  expect(countsOf({})).toBe('');
});

it('troubles are named one by one', () => {
  expect(troublesOf(good, [])).toEqual([]);
  const process = {
    name: 'p',
    pid: null,
    restarts: 1,
    last_exit: null,
    started_ms: null,
    truncated_lines: 0,
  };
  const target = { job: 'j', url: '', last_scrape_ms: null, last_duration_seconds: 0, last_error: 'refused' };
  const bad: LabStatus = {
    ...good,
    faults: [{ fault: 'drop-spans=0.1', about: 'drops spans', since_ms: 0 }],
    verification: { pass: 9, fail: 1, skip: 0, good: false, about: '', started: '', seconds: 1 },
    processes: [{ ...process, state: 'backing_off' }],
    targets: [{ ...target, health: 'down' }],
  };
  const rule = {
    group: 'g',
    name: 'r',
    type: 'alerting',
    query: 'up',
    state: 'firing',
    lastError: '',
  } as const;
  expect(troublesOf(bad, [rule])).toEqual([
    'fault drop-spans=0.1 is on',
    'the last verification failed 1 check',
    'p is backing off',
    'j cannot be scraped',
    'alert r is firing',
  ]);
});
