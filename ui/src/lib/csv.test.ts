import { expect, it } from 'vitest';
import { toCsv } from './csv';

it('quotes what needs quotes and starts no formula', () => {
  const fields = [
    { name: 'Time', type: 'time' as const, values: [0, 1000] },
    { name: 'who, what', type: 'string' as const, values: ['a "b"', '=HYPERLINK(1)'] },
    { name: 'Value', type: 'number' as const, values: [-1.5, null] },
  ];
  expect(toCsv({ refId: 'A', name: '', fields }).split('\r\n')).toEqual([
    'Time,"who, what",Value',
    '1970-01-01T00:00:00.000Z,"a ""b""",-1.5',
    "1970-01-01T00:00:01.000Z,'=HYPERLINK(1),",
  ]);
});
