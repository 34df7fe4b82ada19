/** The front door: how the lab is, what to do next, the dashboards, the last verification, and where everything is. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { dashboardsQuery } from '../../api/lab';
import type { LabStatus, VerificationSummary } from '../../api/status';
import { Addresses } from '../../components/Addresses';
import { Age } from '../../components/Table';
import { Verdict } from '../../components/Verdict';
import { formatValue } from '../../lib/units';
import { useLabStatus } from '../../state/useLabStatus';
import { useTitle } from '../../state/useTitle';
import { countsOfChecks } from '../status/report';
import './HomePage.css';
import { nextSteps } from './nextSteps';

export default function HomePage() {
  const { status, groups } = useLabStatus();
  const lab = status.data;
  useTitle([]);
  return (
    <div className="home">
      <div className="home-head">
        <h1>Dicelab</h1>
        {lab && (
          <p className="muted">
            Version {lab.version}, running for {formatValue(lab.uptime_seconds, 's')}
          </p>
        )}
      </div>
      {status.error && !lab && <p role="alert">{status.error.message}</p>}
      {lab && <Verdict status={lab} groups={groups} />}
      {lab && <NextSteps lab={lab} />}
      <Dashboards />
      {lab && <LastVerification summary={lab.verification} />}
      {lab && <Addresses addresses={lab.addresses} />}
    </div>
  );
}

function NextSteps({ lab }: { lab: LabStatus }) {
  return (
    <section aria-labelledby="home-steps">
      <h2 id="home-steps">Next steps</h2>
      <ul className="home-steps">
        {nextSteps(lab).map(({ title, text, href, command }) => (
          <li key={title}>
            <h3>
              {href ? (
                href.startsWith('/') ? (
                  <Link href={href}>{title}</Link>
                ) : (
                  <a href={href}>{title}</a>
                )
              ) : (
                title
              )}
            </h3>
            <p>{text}</p>
            {command && <pre>{command}</pre>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** More of them are found by the list. */
const MOST = 6;

function Dashboards() {
  const { data = [], error } = useQuery(dashboardsQuery);
  return (
    <section aria-labelledby="home-dashboards">
      <h2 id="home-dashboards">
        <Link href="/dashboards">Dashboards</Link>
      </h2>
      {error && <p role="alert">{error.message}</p>}
      <ul className="home-dashboards">
        {data.slice(0, MOST).map(({ uid, title, tags }) => (
          <li key={uid}>
            <Link href={`/d/${encodeURIComponent(uid)}`}>{title}</Link>
            <span className="muted">{tags.join(' · ')}</span>
          </li>
        ))}
        {data.length > MOST && (
          <li>
            <Link href="/dashboards">All {data.length} dashboards</Link>
          </li>
        )}
      </ul>
    </section>
  );
}

function LastVerification({ summary }: { summary: VerificationSummary | null }) {
  return (
    <section aria-labelledby="home-verification">
      <h2 id="home-verification">
        <Link href="/status">Last verification</Link>
      </h2>
      {summary ? (
        <p className="status-verdict" data-good={summary.good}>
          <strong>{countsOfChecks(summary)}</strong>{' '}
          <span className="muted">
            {summary.about} · <Age ms={Date.parse(summary.started)} />
          </span>
        </p>
      ) : (
        <p className="muted">
          Nobody has verified yet. <code>dicelab verify</code> compares every request with its counters, log
          lines and spans.
        </p>
      )}
    </section>
  );
}
