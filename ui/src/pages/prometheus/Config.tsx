/** The configuration of the metrics store, as it was read, secrets hidden. */
import { useQuery } from '@tanstack/react-query';
import { configuration } from '../../api/prometheusStatus';
import { Asked } from './Asked';

export function Config() {
  const query = useQuery({
    queryKey: ['prometheus-config'],
    queryFn: ({ signal }) => configuration(signal),
  });
  return (
    <Asked query={query}>
      {(yaml) =>
        yaml === '' ? (
          <p className="muted">Nothing is configured.</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
          <pre tabIndex={0}>{yaml}</pre>
        )
      }
    </Asked>
  );
}
