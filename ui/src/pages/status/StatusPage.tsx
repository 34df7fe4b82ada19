/**
 * How the lab itself is: addresses, faults, traffic, the last verification, processes, scrape targets, log collection,
 * receivers, stores, rules. Renewed as it changes.
 */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type LabStatus, labStatus, type RuleGroup, ruleGroups, type SignalStatus } from '../../api/status';
import { exploreUrl, quoted } from '../../explore/links';
import { formatValue } from '../../lib/units';
import { useTitle } from '../../state/useTitle';
import { Processes } from './Processes';
import { Rules } from './Rules';
import { countsOf, troublesOf } from './read';
import { Faults, TrafficLine } from './Steered';
import './StatusPage.css';
import { Age, State, Table } from './Table';
import { Verification } from './Verification';

const RENEWED_EVERY = 3000;

export default function StatusPage() {
  const status = useQuery({
    queryKey: ['lab-status'],
    queryFn: ({ signal }) => labStatus(signal),
    refetchInterval: RENEWED_EVERY,
  });
  const ruled = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ruleGroups('prometheus', signal),
    refetchInterval: 5 * RENEWED_EVERY,
  });
  if (!status.data) {
    return (
      <p className="app-wait" role={status.error ? 'alert' : undefined}>
        {status.error?.message ?? 'Loading…'}
      </p>
    );
  }
  return <Status status={status.data} groups={ruled.data ?? []} />;
}

function Status({ status, groups }: { status: LabStatus; groups: readonly RuleGroup[] }) {
  const troubles = troublesOf(
    status,
    groups.flatMap(({ rules }) => rules),
  );
  useTitle(['Status']);
  return (
    <div className="status">
      <div className="status-head">
        <h1>Status</h1>
        <p className="muted">
          Dicelab {status.version}, running for {formatValue(status.uptime_seconds, 's')}
        </p>
      </div>
      <p className="status-verdict" data-good={troubles.length === 0} role="status">
        {troubles.length === 0 ? 'All is well' : troubles.join(' · ')}
      </p>
      <Table title="Addresses" columns={['What', 'Where']} none="">
        {status.addresses.map(({ what, url }) => (
          <tr key={what}>
            <td>{what}</td>
            <td>
              <a href={url}>{url}</a>
            </td>
          </tr>
        ))}
      </Table>
      <Faults faults={status.faults} />
      <TrafficLine traffic={status.traffic} />
      <Verification summary={status.verification} />
      <Processes processes={status.processes} />
      <Table
        title="Scrape targets"
        columns={['Job', 'Address', 'State', 'Last scrape', '#Took', '']}
        none="No target is scraped."
      >
        {status.targets.map((target) => (
          <tr key={`${target.job} ${target.url}`}>
            <td>{target.job}</td>
            <td>
              <a href={target.url}>{target.url}</a>
            </td>
            <td>
              <State good={target.health === 'up'} text={target.last_error || target.health} />
            </td>
            <td>
              <Age ms={target.last_scrape_ms} />
            </td>
            <td className="number">{formatValue(target.last_duration_seconds, 's')}</td>
            <td>
              <Link href={exploreUrl({ signal: 'metrics', query: `{job=${quoted(target.job)}}` })}>
                Metrics
              </Link>
            </td>
          </tr>
        ))}
      </Table>
      <Table
        title="Log collection"
        columns={['Container', '#Lines', '#Bytes', '#Not JSON', '#Refused', '']}
        none="No output is collected."
      >
        {Object.entries(status.containers).map(([name, counts]) => (
          <tr key={name}>
            <td>{name}</td>
            <td className="number">{counts.lines.toLocaleString()}</td>
            <td className="number">{formatValue(counts.bytes, 'bytes')}</td>
            <td className="number">{counts.undecoded.toLocaleString()}</td>
            <td className="number">{counts.rejected.toLocaleString()}</td>
            <td>
              <Link href={exploreUrl({ signal: 'logs', query: `{container_name=${quoted(name)}}` })}>
                Lines
              </Link>
            </td>
          </tr>
        ))}
      </Table>
      <Table
        title="Stores and receivers"
        columns={[
          'Signal',
          '#Received',
          '#By OTLP',
          '#Series, streams',
          '#In memory',
          '#Stored',
          'Oldest kept',
          '#Evicted',
          'Dropped',
          'Commits',
        ]}
        none=""
      >
        {status.signals.map((signal) => (
          <SignalRow key={signal.name} signal={signal} />
        ))}
      </Table>
      <Rules groups={groups} />
    </div>
  );
}

function SignalRow({ signal }: { signal: SignalStatus }) {
  const dropped = countsOf(signal.dropped);
  const refused = countsOf(signal.refused_requests);
  return (
    <tr>
      <td>{signal.name}</td>
      <td className="number">
        {signal.received.toLocaleString()} {signal.unit}
      </td>
      <td className="number">{signal.received_otlp.toLocaleString()}</td>
      <td className="number">{signal.streams?.toLocaleString() ?? ''}</td>
      <td className="number">{formatValue(signal.memory_bytes, 'bytes')}</td>
      <td className="number">{formatValue(signal.stored_bytes, 'bytes')}</td>
      <td>
        <Age ms={signal.oldest_ms} />
      </td>
      <td className="number">{signal.evicted.toLocaleString()}</td>
      <td>{[dropped, refused && `requests: ${refused}`].filter(Boolean).join('; ') || 'none'}</td>
      <td>
        <State good={signal.last_error === null} text={signal.last_error ?? 'good'} />
      </td>
    </tr>
  );
}
