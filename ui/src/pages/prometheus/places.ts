/** The places of Prometheus' own page, under the names that they have in its addresses. */

export const PLACES = [
  { place: 'alerts', title: 'Alerts' },
  { place: 'rules', title: 'Rules' },
  { place: 'targets', title: 'Targets' },
  { place: 'service-discovery', title: 'Service discovery' },
  { place: 'tsdb-status', title: 'TSDB status' },
  { place: 'config', title: 'Configuration' },
  { place: 'flags', title: 'Flags' },
  { place: 'status', title: 'Runtime' },
] as const;
