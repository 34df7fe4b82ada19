/** Whether all is well with the lab, or what somebody should look at, in a sentence. */
import type { LabStatus, RuleGroup } from '../api/status';
import { troublesOf } from './troubles';
import './Verdict.css';

export function Verdict({ status, groups }: { status: LabStatus; groups: readonly RuleGroup[] }) {
  const troubles = troublesOf(
    status,
    groups.flatMap(({ rules }) => rules),
  );
  return (
    <p className="status-verdict" data-good={troubles.length === 0} role="status">
      {troubles.length === 0 ? 'All is well' : troubles.join(' · ')}
    </p>
  );
}
