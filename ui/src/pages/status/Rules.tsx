/** What is wrong by the rules, and how every rule is: its group, state, last evaluation and last error. */
import { Link } from 'wouter';
import type { Rule, RuleGroup } from '../../api/status';
import { Age, State, Table } from '../../components/Table';
import { exploreUrl } from '../../explore/links';
import { formatValue } from '../../lib/units';

interface RulesProps {
  groups: readonly RuleGroup[];
}

export function Rules({ groups }: RulesProps) {
  return (
    <>
      <Alerts groups={groups} />
      <details className="status-section">
        <summary>
          <h2>Rules</h2> <span className="muted">{summaryOf(groups.flatMap(({ rules }) => rules))}</span>
        </summary>
        <RulesTable groups={groups} />
      </details>
    </>
  );
}

/** Alerts that are pending or firing. */
export function Alerts({ groups }: RulesProps) {
  const alerts = groups.flatMap(({ signal, rules }) =>
    rules.flatMap((rule) => rule.alerts.map((alert) => ({ signal, rule, alert }))),
  );
  return (
    <Table
      title="Alerts"
      columns={['Alert', 'State', 'Since', '#Value', 'Message', '']}
      none={groups.length === 0 ? 'No rules are loaded.' : 'No alert is pending or firing.'}
    >
      {alerts.map(({ signal, rule, alert }) => (
        <tr key={JSON.stringify(alert.labels)}>
          <td title={JSON.stringify(alert.labels)}>{alert.name}</td>
          <td>
            <State good={alert.state !== 'firing'} text={alert.state} />
          </td>
          <td>
            <Age ms={alert.activeMs} />
          </td>
          <td className="number">{formatValue(alert.value)}</td>
          <td className="status-prose">{alert.annotations.summary ?? alert.annotations.description ?? ''}</td>
          <td>
            <Link href={exploreUrl({ signal, query: rule.query })}>
              {signal === 'logs' ? 'Logs' : 'Metrics'}
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Every rule with its last evaluation. */
export function RulesTable({ groups }: RulesProps) {
  const all = groups.flatMap((group) => group.rules.map((rule) => ({ group, rule })));
  return (
    <Table
      title="Rules"
      level={0}
      columns={['Group', 'Rule', 'State', 'Health', 'Evaluated', '#Took', 'Query']}
      none="No rules are loaded."
    >
      {all.map(({ group, rule }) => (
        <tr key={`${group.file} ${group.name} ${rule.name} ${rule.query}`}>
          <td title={group.file}>
            {group.name}, every {formatValue(group.interval, 's')}
          </td>
          <td>{rule.name}</td>
          <td>
            {rule.type === 'recording' ? (
              <span className="muted">records</span>
            ) : (
              <State good={rule.state !== 'firing'} text={rule.state ?? ''} />
            )}
          </td>
          <td>
            {rule.health === 'unknown' ? (
              <span className="muted">not evaluated yet</span>
            ) : (
              <State good={rule.lastError === ''} text={rule.lastError || rule.health} />
            )}
          </td>
          <td>
            <Age ms={rule.evaluatedMs} />
          </td>
          <td className="number">{formatValue(rule.took, 's')}</td>
          <td>
            <Link href={exploreUrl({ signal: group.signal, query: rule.query })}>
              <code>{rule.query.replace(/\s+/g, ' ')}</code>
            </Link>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What is said of the rules while their table is folded. */
function summaryOf(rules: readonly Rule[]): string {
  const failing = rules.filter(({ lastError }) => lastError !== '').length;
  const firing = rules.filter(({ state }) => state === 'firing').length;
  return `${rules.length} rules, ${firing} firing, ${failing} failing`;
}
