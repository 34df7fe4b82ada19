import { expect, it } from 'vitest';
import type { Check } from '../../api/status';
import { areasOf, countsOfChecks, nameIn } from './report';

function check(id: string, area: string, status: Check['status']): Check {
  return { id, area, status, asked: '', expected: '', got: '', seconds: 0, message: '' };
}

it('a report is read area by area, in its order', () => {
  const checks = [
    check('services/ready', 'services', 'pass'),
    check('speed-up/ten', 'speed-up', 'skip'),
    check('services/dice', 'services', 'fail'),
  ];
  const summary = { pass: 1, fail: 1, skip: 1, good: false, about: '', started: '', seconds: 1 };
  const areas = areasOf({ checks, summary });
  expect(areas.map(({ title, counts, good }) => [title, counts, good])).toEqual([
    ['Services', '1 passed, 1 failed', false],
    ['Speed-up', '1 skipped', true],
  ]);
  expect(areas[0]?.checks.map(nameIn)).toEqual(['ready', 'dice']);
});

it('names and counts are told as they are', () => {
  expect(nameIn(check('panels/board/one', 'panels', 'pass'))).toBe('board/one');
  expect(nameIn(check('panels', 'panels', 'pass'))).toBe('panels');
  expect(countsOfChecks({ pass: 3, skip: 0, fail: 2 })).toBe('3 passed, 2 failed');
  expect(countsOfChecks({ pass: 0, skip: 0, fail: 0 })).toBe('no checks');
});
