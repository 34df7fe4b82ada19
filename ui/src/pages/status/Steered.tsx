/** What somebody does to the lab on purpose: the faults that are on, and its own traffic, held or going. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ActiveFault, steerTraffic, type Traffic } from '../../api/status';
import { Age, Table } from '../../components/Table';
import { formatValue } from '../../lib/units';

export function Faults({ faults }: { faults: readonly ActiveFault[] }) {
  if (faults.length === 0) return null;
  return (
    <div className="status-faults">
      <Table title="Faults injected on purpose" columns={['Fault', 'What it does', 'On since']} none="">
        {faults.map(({ fault, about, since_ms: since }) => (
          <tr key={fault} data-fault={fault}>
            <td>
              <code>{fault}</code>
            </td>
            <td className="status-prose">{about}</td>
            <td>
              <Age ms={since} />
            </td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

export function TrafficLine({ traffic }: { traffic: Traffic }) {
  const cache = useQueryClient();
  const steer = useMutation({
    mutationFn: steerTraffic,
    onSettled: () => cache.invalidateQueries({ queryKey: ['lab-status'] }),
  });
  if (traffic.state === 'none') return <p className="muted">This lab makes no traffic of its own.</p>;
  const running = traffic.state === 'running';
  return (
    <p className="status-traffic" data-traffic={traffic.state}>
      <span className={running ? undefined : 'status-warning'}>
        The lab&rsquo;s own traffic {running ? 'is running' : `is paused${left(traffic.paused_until_ms)}`}.
      </span>
      <button
        type="button"
        disabled={steer.isPending}
        onClick={() => steer.mutate(running ? 'pause' : 'resume')}
      >
        {running ? 'Pause it' : 'Resume it'}
      </button>
      {steer.error && <span role="alert">{steer.error.message}</span>}
    </p>
  );
}

/** `, for 4 min more at most`. */
function left(untilMs: number | undefined): string {
  if (untilMs === undefined) return '';
  return `, for ${formatValue(Math.max(0, Math.round((untilMs - Date.now()) / 1000)), 's')} more at most`;
}
