/** How a series is called. */
import { expect, test } from 'vitest';
import { labelsText } from './frame';

test('a series is called by a selector that finds it', () => {
  expect(labelsText({ __name__: 'up', job: 'a"b' })).toBe('up{job="a\\"b"}');
  expect(labelsText({ __name__: 'job:up:sum' })).toBe('job:up:sum');
  expect(labelsText({ app: 'x' })).toBe('{app="x"}');
  expect(labelsText({})).toBe('{}');
  expect(labelsText({ __name__: 'http.requests', 'status.code': '200', job: 'a' })).toBe(
    '{"http.requests", "status.code"="200", job="a"}',
  );
});
