import { expect, it } from 'vitest';
import { byFolder } from './byFolder';

const board = (uid: string, folderUid?: string) => ({
  uid,
  title: uid,
  url: '',
  tags: [],
  ...(folderUid && { folderUid }),
});
const folders = [
  { uid: 'b', title: 'B', folderUid: 'a' },
  { uid: 'a', title: 'A' },
];

it('puts dashboards under their folders, those in none first', () => {
  const shown = (withEmpty: boolean) =>
    byFolder([board('1', 'b'), board('2'), board('3', 'gone')], folders, withEmpty).map(
      ({ title, dashboards }) => [title, dashboards.map(({ uid }) => uid)],
    );
  expect(shown(false)).toEqual([
    ['', ['2', '3']],
    ['A / B', ['1']],
  ]);
  expect(shown(true)[1]).toEqual(['A', []]);
});
