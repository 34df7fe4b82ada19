/** The guided tour: what to see on a first visit, and where. */
import { exploreUrl } from '../explore/links';

export interface Step {
  title: string;
  text: string;
  /** What to do there. */
  look: string;
  /** The word on the link, and where it leads. */
  action: string;
  href: string;
}

export const STEPS: readonly Step[] = [
  {
    title: 'Many dice at once',
    text: 'A batch rolls its dice concurrently: each waits up to a second, none waits for another.',
    look: 'Open a trace of the list. The async_roll bars lie above each other: they overlap in time.',
    action: 'Show batches',
    href: exploreUrl(
      { signal: 'traces', query: '{ resource.service.name = "dice-roller" && span.async.batch_size >= 5 }' },
      { from: 'now-15m', to: 'now' },
    ),
  },
  {
    title: 'The die that fails',
    text: 'One roll in ten of the risky die fails on purpose.',
    look: 'Open a line: it names the die. “Show this trace” leads to the very roll that failed, in red.',
    action: 'Show its log lines',
    href: exploreUrl(
      {
        signal: 'logs',
        query: '{container_name="dice-roller-stage4", level="ERROR"} | json | die_type="risky"',
      },
      { from: 'now-15m', to: 'now' },
    ),
  },
  {
    title: 'What concurrency is worth',
    text: 'With delays uniform in [0, 1) s, a batch of n is on average (n+1)/2 times as fast as its rolls in a row.',
    look: 'Compare the measured speed-up of each batch size with the theory.',
    action: 'Show the speed-up',
    href: '/d/concurrency-lab',
  },
];
