/** What somebody may do next with this lab: with the dice where they roll, with an application of his own anyway. Pure. */
import type { LabStatus } from '../../api/status';
import { exploreUrl } from '../../explore/links';

export interface NextStep {
  title: string;
  text: string;
  /** Where it is done in the browser. */
  href?: string;
  /** What to type for it in a terminal. */
  command?: string;
}

export function nextSteps({
  addresses,
  processes,
  verification,
}: Pick<LabStatus, 'addresses' | 'processes' | 'verification'>): NextStep[] {
  const urlOf = (name: string) => addresses.find(({ what }) => what === name)?.url;
  const frontend = urlOf('frontend');
  const otlp = urlOf('OTLP HTTP');
  const hasDice = processes.length > 0 && frontend !== undefined;
  return [
    ...(hasDice
      ? [
          {
            title: 'Roll some dice',
            text: 'Every roll leaves a trace, log lines and counts; the batch waits for all of its dice at once.',
            href: frontend,
          },
          {
            title: 'Watch the services',
            text: 'The mission’s dashboard: rates, errors and durations of the three services.',
            href: '/d/stage4-async-rolling',
          },
        ]
      : []),
    {
      title: 'Explore',
      text: 'Ask for metrics in PromQL, for log lines in LogQL, for traces in TraceQL.',
      href: exploreUrl({ signal: 'traces', query: '{ }' }),
    },
    ...(otlp
      ? [
          {
            title: 'Send telemetry of your own',
            text: 'Whatever OpenTelemetry SDK it uses, these variables lead an application here.',
            command: `OTEL_EXPORTER_OTLP_ENDPOINT=${otlp.replace(/\/$/, '')}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nOTEL_SERVICE_NAME=my-service`,
          },
        ]
      : []),
    ...(hasDice && !verification
      ? [
          {
            title: 'Verify',
            text: 'Is everything that happened in the stores, once each?',
            command: 'dicelab verify',
          },
        ]
      : []),
    {
      title: 'See what is wrong',
      text: 'When data are missing, it says which hop lost them.',
      command: 'dicelab doctor',
    },
  ];
}
