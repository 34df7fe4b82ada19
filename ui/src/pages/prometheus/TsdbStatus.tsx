/** The metric store's sizes, and what makes most of its series. */
import { useQuery } from '@tanstack/react-query';
import { type StoreStatus, storeStatus } from '../../api/prometheusStatus';
import { Table } from '../../components/Table';
import { dateTime } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import { Asked } from './Asked';

const LISTS: readonly {
  key: Exclude<keyof StoreStatus, 'headStats'>;
  title: string;
  columns: string[];
  unit: string;
}[] = [
  {
    key: 'seriesCountByMetricName',
    title: 'Metrics with most series',
    columns: ['Metric', '#Series'],
    unit: 'none',
  },
  {
    key: 'labelValueCountByLabelName',
    title: 'Labels with most values',
    columns: ['Label', '#Values'],
    unit: 'none',
  },
  {
    key: 'memoryInBytesByLabelName',
    title: 'Labels with most text',
    columns: ['Label', '#Bytes'],
    unit: 'bytes',
  },
  {
    key: 'seriesCountByLabelValuePair',
    title: 'Pairs with most series',
    columns: ['Label and value', '#Series'],
    unit: 'none',
  },
];

export function TsdbStatus() {
  const query = useQuery({
    queryKey: ['prometheus-tsdb'],
    queryFn: ({ signal }) => storeStatus(signal),
    refetchInterval: 10_000,
  });
  return (
    <Asked query={query}>
      {(status) => {
        const { numSeries, numLabelPairs, chunkCount, minTime, maxTime } = status.headStats;
        return (
          <>
            <Table
              title="Store"
              columns={['#Series', '#Chunks', '#Label pairs', 'Oldest sample', 'Newest sample']}
              none=""
            >
              <tr>
                <td className="number">{numSeries.toLocaleString()}</td>
                <td className="number">{chunkCount.toLocaleString()}</td>
                <td className="number">{numLabelPairs.toLocaleString()}</td>
                <td>{minTime ? dateTime(minTime) : 'none'}</td>
                <td>{maxTime ? dateTime(maxTime) : 'none'}</td>
              </tr>
            </Table>
            {LISTS.map(({ key, title, columns, unit }) => (
              <Table key={key} title={title} columns={columns} none="None.">
                {status[key].map(({ name, value }) => (
                  <tr key={name}>
                    <td>
                      <code>{name}</code>
                    </td>
                    <td className="number">
                      {unit === 'none' ? value.toLocaleString() : formatValue(value, unit)}
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
