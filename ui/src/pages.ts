/** The table of pages, from which both the menu and the routes are made. */
import { type ComponentType, lazy } from 'react';
import HomePage from './pages/home/HomePage';

export interface PageEntry {
  path: string;
  /** The word in the menu; pages without one are reached by links. */
  menu?: string;
  page: ComponentType;
}

export const PAGES: readonly PageEntry[] = [
  { path: '/', page: HomePage },
  { path: '/dashboards', menu: 'Dashboards', page: lazy(() => import('./pages/dashboards/DashboardsPage')) },
  { path: '/dashboards/import', page: lazy(() => import('./pages/import/ImportPage')) },
  { path: '/d/:uid/:slug?', page: lazy(() => import('./pages/dashboard/DashboardPage')) },
  { path: '/dashboard/snapshot/:key', page: lazy(() => import('./pages/dashboard/DashboardPage')) },
  { path: '/explore', menu: 'Explore', page: lazy(() => import('./pages/explore/ExplorePage')) },
  { path: '/services', menu: 'Services', page: lazy(() => import('./pages/services/ServicesPage')) },
  { path: '/status', menu: 'Status', page: lazy(() => import('./pages/status/StatusPage')) },
  { path: '/prometheus/:place?', page: lazy(() => import('./pages/prometheus/PrometheusPage')) },
  { path: '/explore/compare/:base/:compare', page: lazy(() => import('./pages/compare/ComparePage')) },
  { path: '/explore/trace/:id', page: lazy(() => import('./pages/trace/TracePage')) },
];
