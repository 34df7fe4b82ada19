import { expect, it } from 'vitest';
import { nextSteps } from './nextSteps';

const addresses = [
  { what: 'frontend', url: 'http://localhost:8108/' },
  { what: 'OTLP HTTP', url: 'http://localhost:4318' },
];
const process = {
  name: 'frontend',
  state: 'running',
  pid: 1,
  restarts: 0,
  last_exit: null,
  started_ms: 1,
  truncated_lines: 0,
} as const;
const titles = (...[lab]: Parameters<typeof nextSteps>) => nextSteps(lab).map(({ title }) => title);

it('a lab with dice is for rolling, watching and verifying', () => {
  expect(titles({ addresses, processes: [process], verification: null })).toEqual([
    'Roll some dice',
    'Watch the services',
    'Explore',
    'Send telemetry of your own',
    'Verify',
    'See what is wrong',
  ]);
});

it('a lab without them says how an application is led to it, at its own address', () => {
  const steps = nextSteps({
    addresses: [{ what: 'OTLP HTTP', url: 'http://localhost:14318' }],
    processes: [],
    verification: null,
  });
  expect(steps.map(({ title }) => title)).toEqual([
    'Explore',
    'Send telemetry of your own',
    'See what is wrong',
  ]);
  expect(steps[1]?.command).toContain('OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:14318\n');
});
