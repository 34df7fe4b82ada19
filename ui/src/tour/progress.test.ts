import { expect, it } from 'vitest';
import { moved, parseProgress } from './progress';
import { STEPS } from './steps';

it('begins at the beginning, goes on where it was left, ends for good', () => {
  expect(parseProgress(null, 3)).toBe(0);
  expect(parseProgress('2', 3)).toBe(2);
  expect(parseProgress('done', 3)).toBe('done');
  for (const bad of ['3', '-1', '1.5', 'x']) expect(parseProgress(bad, 3)).toBe(0);
});

it('moves step by step', () => {
  expect(moved(0, 1, 3)).toBe(1);
  expect(moved(2, 1, 3)).toBe('done');
  expect(moved(0, -1, 3)).toBe(0);
});

it('leads to pages of our own', () => {
  for (const { href } of STEPS) expect(href).toMatch(/^\/(explore|d\/)/);
});
