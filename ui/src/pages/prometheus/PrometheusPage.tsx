/** The metrics store as Prometheus' own page shows it: alerts, rules, targets, discovery, store, configuration, flags. */
import type { ComponentType } from 'react';
import { Link, Redirect, useParams, useSearchParams } from 'wouter';
import { useLabStatus } from '../../state/useLabStatus';
import { useTitle } from '../../state/useTitle';
import { Alerts, RulesTable } from '../status/Rules';
import { Config } from './Config';
import { Flags, Runtime } from './Facts';
import './PrometheusPage.css';
import { PLACES } from './places';
import { exploreOf } from './queryAddress';
import { Discovery, Targets } from './Targets';
import { TsdbStatus } from './TsdbStatus';

const VIEWS: Readonly<Record<string, ComponentType>> = {
  alerts: AlertsView,
  rules: RulesView,
  targets: Targets,
  'service-discovery': Discovery,
  'tsdb-status': TsdbStatus,
  config: Config,
  flags: Flags,
  status: Runtime,
};

export default function PrometheusPage() {
  const { place = 'targets' } = useParams<{ place: string }>();
  const known = PLACES.find((one) => one.place === place);
  const View = VIEWS[place];
  useTitle([known?.title, 'Prometheus']);
  const [params] = useSearchParams();
  if (place === 'query') return <Redirect to={exploreOf(params)} replace />;
  return (
    <div className="prometheus">
      <nav aria-label="Metrics store">
        <Link href="/explore?signal=metrics">Query</Link>
        {PLACES.map(({ place: other, title }) => (
          <Link key={other} href={`/prometheus/${other}`} aria-current={other === place ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <h1>{known?.title ?? 'Metrics store'}</h1>
      {View ? <View /> : <p role="alert">The metrics store has no page “{place}”. Choose one above.</p>}
    </div>
  );
}

function AlertsView() {
  const { groups } = useLabStatus();
  return <Alerts groups={groups} />;
}

function RulesView() {
  const { groups } = useLabStatus();
  return <RulesTable groups={groups} />;
}
