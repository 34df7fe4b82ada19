/** The last report of `dicelab verify`: what it came to, what failed and why, what was not judged, and every check. */
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import {
  type Check,
  type VerificationReport,
  type VerificationSummary,
  verificationReport,
} from '../../api/status';
import { Age, State, Table } from '../../components/Table';
import { formatValue } from '../../lib/units';
import { areasOf, countsOfChecks, nameIn } from './report';
import './Verification.css';

export function Verification({ summary }: { summary: VerificationSummary | null }) {
  const id = useId();
  const report = useQuery({
    queryKey: ['verification', summary?.started],
    queryFn: ({ signal }) => verificationReport(signal),
    enabled: summary !== null,
  });
  return (
    <section className="status-section verification" aria-labelledby={id}>
      <h2 id={id}>Verification</h2>
      {summary === null ? (
        <p className="muted">
          Nobody has verified yet. <code>dicelab verify</code> compares every request with its counters, log
          lines and spans; its report is shown here.
        </p>
      ) : (
        <>
          <p className="status-verdict" data-good={summary.good}>
            <strong>{countsOfChecks(summary)}</strong>
            <span className="muted">
              {summary.about} · <Age ms={Date.parse(summary.started)} />, took{' '}
              {formatValue(summary.seconds, 's')}
            </span>
          </p>
          {report.error && <p role="alert">{report.error.message}</p>}
          {report.data && <Checks report={report.data} />}
        </>
      )}
    </section>
  );
}

function Checks({ report }: { report: VerificationReport }) {
  return (
    <>
      <Findings title="Failed" checks={report.checks.filter(({ status }) => status === 'fail')} />
      <Findings title="Skipped checks" checks={report.checks.filter(({ status }) => status === 'skip')} />
      <h3>All checks, by area</h3>
      <div className="verification-areas">
        {areasOf(report).map(({ name, title, counts, good, checks }) => (
          <details key={name}>
            <summary>
              <span>{title}</span> <State good={good} text={counts} />
            </summary>
            <AreaTable title={title} checks={checks} />
          </details>
        ))}
      </div>
    </>
  );
}

/** Checks that somebody should read, each with its reason. */
function Findings({ title, checks }: { title: string; checks: readonly Check[] }) {
  if (checks.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="verification-findings">
        {checks.map(({ id, status, message, expected, got }) => (
          <li key={id} data-check={id} data-status={status}>
            <strong>{id}</strong>
            <p>{message}</p>
            {status === 'fail' && (
              <p className="muted">
                expected {expected}; got {got}
              </p>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const WORDS: Readonly<Record<Check['status'], string>> = { pass: 'passed', fail: 'failed', skip: 'skipped' };

function AreaTable({ title, checks }: { title: string; checks: readonly Check[] }) {
  return (
    <Table title={title} level={0} columns={['Check', 'Verdict', 'Asked', 'Message', '#Took']} none="None.">
      {checks.map((check) => (
        <tr key={check.id}>
          <td>{nameIn(check)}</td>
          <td>
            {check.status === 'skip' ? (
              <span className="muted">{WORDS.skip}</span>
            ) : (
              <State good={check.status === 'pass'} text={WORDS[check.status]} />
            )}
          </td>
          <td className="status-prose">{check.asked}</td>
          <td className="status-prose">{check.message}</td>
          <td className="number">{formatValue(check.seconds, 's')}</td>
        </tr>
      ))}
    </Table>
  );
}
