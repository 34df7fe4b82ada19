/** The supervised processes, each with its restart. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ProcessStatus, restartProcess } from '../../api/status';
import { Age, State, Table } from '../../components/Table';

export function Processes({ processes }: { processes: readonly ProcessStatus[] }) {
  return (
    <Table
      title="Processes"
      columns={['Process', 'State', '#PID', 'Started', '#Restarts', 'Last exit', '']}
      none="None: the lab runs alone, or with services of your own."
    >
      {processes.map((process) => (
        <ProcessRow key={process.name} process={process} />
      ))}
    </Table>
  );
}

function ProcessRow({ process }: { process: ProcessStatus }) {
  const cache = useQueryClient();
  const restart = useMutation({
    mutationFn: () => restartProcess(process.name),
    onSettled: () => cache.invalidateQueries({ queryKey: ['lab-status'] }),
  });
  return (
    <tr data-process={process.name}>
      <td>{process.name}</td>
      <td>
        <State good={process.state === 'running'} text={process.state.replace('_', ' ')} />
      </td>
      <td className="number">{process.pid ?? ''}</td>
      <td>
        <Age ms={process.started_ms} />
      </td>
      <td className="number">{process.restarts}</td>
      <td>{process.last_exit ?? ''}</td>
      <td>
        <button
          type="button"
          disabled={restart.isPending || process.state === 'stopped'}
          aria-label={`Restart ${process.name}`}
          onClick={() => restart.mutate()}
        >
          Restart
        </button>
        {restart.error && <p role="alert">{restart.error.message}</p>}
      </td>
    </tr>
  );
}
