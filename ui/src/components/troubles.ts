/** What the status says in a sentence. Pure. */
import type { LabStatus, Rule } from '../api/status';

/** `3 too_old, 1 disk_full` of counts by reason; empty if all are zero. */
export function countsOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count.toLocaleString()} ${reason.replaceAll('_', ' ')}`)
    .join(', ');
}

/** Everything that somebody should look at. */
export function troublesOf(
  status: LabStatus,
  rules: readonly Pick<Rule, 'name' | 'state' | 'lastError'>[],
): string[] {
  const { faults, verification } = status;
  return [
    ...faults.map(({ fault }) => `fault ${fault} is on`),
    ...(verification?.good === false
      ? [`the last verification failed ${verification.fail} ${verification.fail === 1 ? 'check' : 'checks'}`]
      : []),
    ...status.processes
      .filter(({ state }) => state !== 'running')
      .map(({ name, state }) => `${name} is ${state.replace('_', ' ')}`),
    ...status.targets.filter(({ health }) => health === 'down').map(({ job }) => `${job} cannot be scraped`),
    ...status.target_problems,
    ...status.signals
      .filter(({ last_error: error }) => error)
      .map(({ name, last_error: error }) => `${name}: ${error}`),
    ...status.signals
      .filter(({ damaged_places: places }) => places > 0)
      .map(
        ({ name, damaged_places: places }) =>
          `${name}: ${places} damaged ${places === 1 ? 'place' : 'places'} in the files`,
      ),
    ...status.signals
      .filter(({ other_unit: said }) => said)
      .map(({ name, other_unit: said }) => `${name}: ${said}`),
    ...rules.filter(({ state }) => state === 'firing').map(({ name }) => `alert ${name} is firing`),
    ...rules.filter(({ lastError }) => lastError).map(({ name, lastError }) => `rule ${name}: ${lastError}`),
  ];
}
