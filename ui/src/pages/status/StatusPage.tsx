/**
 * How the lab itself is: addresses, faults, traffic, the last verification, processes, scrape targets, log collection,
 * receivers, stores, rules. Renewed as it changes.
 */
import { Link } from 'wouter';
import type { LabStatus, RuleGroup, SignalStatus } from '../../api/status';
import { countsOf } from '../../components/troubles';
import { Verdict } from '../../components/Verdict';
import { exploreUrl, quoted } from '../../explore/links';
import { formatValue } from '../../lib/units';
import { useLabStatus } from '../../state/useLabStatus';
import { useTitle } from '../../state/useTitle';
import { PLACES } from '../prometheus/places';
import { Processes } from './Processes';
import { Rules } from './Rules';
import { Faults, TrafficLine } from './Steered';
import './StatusPage.css';
import { Addresses } from '../../components/Addresses';
import { Age, State, Table } from '../../components/Table';
import { Verification } from './Verification';

export default function StatusPage() {
  const { status, groups } = useLabStatus();
  if (!status.data) {
    return (
      <p className="app-wait" role={status.error ? 'alert' : undefined}>
        {status.error?.message ?? 'Loading…'}
      </p>
    );
  }
  return <Status status={status.data} groups={groups} />;
}

function Status({ status, groups }: { status: LabStatus; groups: readonly RuleGroup[] }) {
  useTitle(['Status']);
  return (
    <div className="status">
      <div className="status-head">
        <h1>Status</h1>
        <p className="muted">
          Dicelab {status.version}, running for {formatValue(status.uptime_seconds, 's')}
        </p>
      </div>
      <Verdict status={status} groups={groups} />
      <Addresses addresses={status.addresses} />
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
      <p className="muted">
        More of the metrics store: <StoreLinks />
      </p>
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
          '#Journal',
          'Oldest kept',
          '#Ahead',
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
      <Damage signals={status.signals} />
      <Rules groups={groups} />
    </div>
  );
}

/** The places that Prometheus' own page has. */
function StoreLinks() {
  return PLACES.map(({ place, title }, at) => (
    <span key={place}>
      {at > 0 && ' · '}
      <Link href={`/prometheus/${place}`}>{title}</Link>
    </span>
  ));
}

/** What is damaged in the files; nothing where all is whole. */
function Damage({ signals }: { signals: readonly SignalStatus[] }) {
  const places = signals.flatMap(({ name, damage }) => damage.map((place) => ({ name, place })));
  if (places.length === 0) return null;
  return (
    <Table title="Damage" columns={['Signal', 'What is damaged, and left out of answers']} none="">
      {places.map(({ name, place }) => (
        <tr key={`${name} ${place}`}>
          <td>{name}</td>
          <td>
            <State good={false} text={place} />
          </td>
        </tr>
      ))}
    </Table>
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
      <td className="number">{formatValue(signal.journal_bytes, 'bytes')}</td>
      <td>
        <Age ms={signal.oldest_ms} />
      </td>
      <td className="number">{signal.ahead.toLocaleString()}</td>
      <td className="number">{signal.evicted.toLocaleString()}</td>
      <td>{[dropped, refused && `requests: ${refused}`].filter(Boolean).join('; ') || 'none'}</td>
      <td>
        <State good={signal.last_error === null} text={signal.last_error ?? 'good'} />
      </td>
    </tr>
  );
}
