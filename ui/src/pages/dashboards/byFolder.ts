/** Dashboards under the folders in which they lie. Pure. */
import type { DashboardHit, FolderHit } from '../../api/lab';

export interface FolderOfBoards {
  uid: string;
  /** With the titles of the folders around it; empty for what lies in none. */
  title: string;
  dashboards: DashboardHit[];
}

/** What lies in no folder comes first, then the folders by title, those without dashboards only if they are wanted. */
export function byFolder(
  dashboards: readonly DashboardHit[],
  folders: readonly FolderHit[],
  withEmpty: boolean,
): FolderOfBoards[] {
  const known = new Map(folders.map((folder) => [folder.uid, folder]));
  const titleOf = (folder: FolderHit, deep = 0): string => {
    const around = folder.folderUid === undefined || deep > 8 ? undefined : known.get(folder.folderUid);
    return around ? `${titleOf(around, deep + 1)} / ${folder.title}` : folder.title;
  };
  const loose = dashboards.filter(({ folderUid }) => folderUid === undefined || !known.has(folderUid));
  const groups = folders
    .map((folder) => ({
      uid: folder.uid,
      title: titleOf(folder),
      dashboards: dashboards.filter(({ folderUid }) => folderUid === folder.uid),
    }))
    .filter((group) => withEmpty || group.dashboards.length > 0)
    .sort((one, other) => one.title.localeCompare(other.title));
  return loose.length > 0 ? [{ uid: '', title: '', dashboards: loose }, ...groups] : groups;
}
