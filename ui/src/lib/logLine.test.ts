/** The level of a line, wherever it stands. */
import { expect, test } from 'vitest';
import { levelOf, traceIdOf } from './logLine';

const line = (metadata: Record<string, string>, labels = {}) => ({
  timestamp: '0',
  line: '',
  labels,
  metadata,
});

test('a level is found as a label, as metadata, as the text or the number of an OTLP record', () => {
  expect(levelOf(line({}, { level: 'WARNING' }))).toBe('warning');
  expect(levelOf(line({ detected_level: 'error' }, { level: 'info' }))).toBe('error');
  expect(levelOf(line({ severity_text: 'Information' }))).toBe('info');
  expect(levelOf(line({ severity_number: '17' }))).toBe('error');
});

test('each severity number has the level of its band, and others have none', () => {
  const levels = [0, 1, 8, 9, 12, 13, 16, 17, 24, 25].map((number) =>
    levelOf(line({ severity_number: String(number) })),
  );
  const expected = 'unknown debug debug info info warning warning error error unknown';
  expect(levels.join(' ')).toBe(expected);
  expect(levelOf(line({ severity_number: 'high' }))).toBe('unknown');
});

test.each([
  ['{"traceId":"0af7651916cd43dd8448eb211c80319c"}', '0af7651916cd43dd8448eb211c80319c'],
  ['level=info traceID=0af7651916cd43dd8448eb211c80319c msg=x', '0af7651916cd43dd8448eb211c80319c'],
  ['x otelTraceID="0af7651916cd43dd8448eb211c80319c"', '0af7651916cd43dd8448eb211c80319c'],
  ['got 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '0af7651916cd43dd8448eb211c80319c'],
  ['trace_id=none', undefined],
  ['{"trace_id":7}', undefined],
])('finds the trace of %s', (text, id) => {
  expect(traceIdOf({ timestamp: '1', line: text, labels: {}, metadata: {} })).toBe(id);
});
