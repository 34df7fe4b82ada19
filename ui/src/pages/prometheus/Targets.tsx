/** What is scraped, and what discovery found and how it was relabelled. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { type Targets as Found, targets } from '../../api/prometheusStatus';
import { Age, State, Table } from '../../components/Table';
import { exploreUrl, selectorOf } from '../../explore/links';
import type { Labels } from '../../lib/frame';
import { formatValue } from '../../lib/units';
import { Asked } from './Asked';

function useTargets() {
  return useQuery({
    queryKey: ['prometheus-targets'],
    queryFn: ({ signal }) => targets(signal),
    refetchInterval: 5000,
  });
}

/** The jobs in the order in which they are configured. */
function poolsOf({ activeTargets, droppedTargets, droppedTargetCounts }: Found): string[] {
  const named = [...activeTargets, ...droppedTargets].map(({ scrapePool }) => scrapePool);
  return [...new Set([...named, ...Object.keys(droppedTargetCounts ?? {})])];
}

export function Targets() {
  const query = useTargets();
  return (
    <Asked query={query}>
      {(found) => {
        const up = found.activeTargets.filter(({ health }) => health === 'up').length;
        return (
          <>
            <p className="muted">
              {up} of {found.activeTargets.length} up
            </p>
            {poolsOf(found).map((pool) => (
              <Table
                key={pool}
                title={pool}
                columns={['Endpoint', 'State', 'Labels', 'Last scrape', '#Took', 'Every', '']}
                none="No target of this job is scraped."
              >
                {found.activeTargets
                  .filter(({ scrapePool }) => scrapePool === pool)
                  .map((target) => (
                    <tr key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`}>
                      <td>
                        <a href={target.scrapeUrl}>{target.scrapeUrl}</a>
                      </td>
                      <td className={target.lastError || target.note ? 'status-prose' : undefined}>
                        <State good={target.health === 'up'} text={target.lastError || target.health} />
                        {target.note && <span className="muted"> {target.note}</span>}
                      </td>
                      <td>
                        <LabelList labels={target.labels} />
                      </td>
                      <td>
                        <Age ms={scrapedAt(target.lastScrape)} />
                      </td>
                      <td className="number">{formatValue(target.lastScrapeDuration, 's')}</td>
                      <td>{target.scrapeInterval}</td>
                      <td>
                        <Link href={exploreUrl({ signal: 'metrics', query: selectorOf(target.labels) })}>
                          Metrics
                        </Link>
                      </td>
                    </tr>
                  ))}
              </Table>
            ))}
          </>
        );
      }}
    </Asked>
  );
}

/** What discovery found; without labels of its own where relabelling dropped it. */
interface Discovered {
  discoveredLabels: Labels;
  labels?: Labels;
}

export function Discovery() {
  const query = useTargets();
  return (
    <Asked query={query}>
      {(found) =>
        poolsOf(found).map((pool) => {
          const active: Discovered[] = found.activeTargets.filter(({ scrapePool }) => scrapePool === pool);
          const dropped: Discovered[] = found.droppedTargets.filter(({ scrapePool }) => scrapePool === pool);
          const all = found.droppedTargetCounts?.[pool] ?? dropped.length;
          return (
            <Table
              key={pool}
              title={`${pool}: ${active.length} of ${active.length + all} are scraped`}
              columns={['Discovered labels', 'Labels of the target']}
              none="Discovery has found nothing."
            >
              {[...active, ...dropped].map((target) => (
                <tr key={JSON.stringify(target.discoveredLabels)}>
                  <td>
                    <LabelList labels={target.discoveredLabels} />
                  </td>
                  <td>
                    {target.labels ? (
                      <LabelList labels={target.labels} />
                    ) : (
                      <span className="muted">dropped by relabelling</span>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          );
        })
      }
    </Asked>
  );
}

function LabelList({ labels }: { labels: Labels }) {
  return (
    <span className="prometheus-labels">
      {Object.entries(labels).map(([name, value]) => (
        <code key={name}>
          {name}={JSON.stringify(value)}
        </code>
      ))}
    </span>
  );
}

/** Go writes the year 1 for a scrape that there has not been. */
function scrapedAt(text: string): number | null {
  const at = Date.parse(text);
  return at > 0 ? at : null;
}
