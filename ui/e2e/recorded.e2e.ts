/** Each kind of panel against answers that never change: what it draws is known to the letter. */
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, launch, open, shot } from './browser';

const START = 1_700_000_000;
const STEP = 60;

/** A range vector of Prometheus: the values of each series, a minute apart. */
function matrix(series: readonly [labels: object, values: readonly number[]][]): object {
  const result = series.map(([metric, values]) => ({
    metric,
    values: values.map((value, at) => [START + at * STEP, String(value)]),
  }));
  return { status: 'success', data: { resultType: 'matrix', result } };
}

/** What the stores answer, by the text of the query. */
const ANSWERS: Readonly<Record<string, object>> = {
  two: matrix([
    [{ die: 'fair' }, [1, 2, 3, 4, 5]],
    [{ die: 'risky' }, [5, 4, 3, 2, 1]],
  ]),
  one: matrix([[{ die: 'fair' }, [10, 1234.5]]]),
  share: matrix([[{ die: 'fair' }, [75]]]),
  state: matrix([[{ die: 'fair' }, [1, 1, 0, 0, 1]]]),
  buckets: matrix([
    [{ le: '0.5' }, [1, 2, 3]],
    [{ le: '1' }, [3, 4, 6]],
    [{ le: '+Inf' }, [3, 4, 7]],
  ]),
  '{a="b"}': {
    status: 'success',
    data: {
      resultType: 'streams',
      result: [
        {
          stream: { a: 'b', level: 'ERROR' },
          values: [[`${START}000000000`, '{"message":"<img src=x onerror=alert(1)> failed"}', {}]],
        },
      ],
    },
  },
  '{ }': {
    traces: [
      {
        traceID: '0af7651916cd43dd8448eb211c80319c',
        rootServiceName: 'frontend',
        rootTraceName: 'GET /roll',
        startTimeUnixNano: `${START}000000000`,
        durationMs: 845,
      },
    ],
  },
};

const prometheus = (expr: string, more: object = {}) => ({
  refId: 'A',
  expr,
  legendFormat: '{{die}}',
  ...more,
});

const PANELS: readonly { type: string; [key: string]: unknown }[] = [
  {
    type: 'timeseries',
    targets: [prometheus('two')],
    options: { legend: { calcs: ['lastNotNull', 'max'] } },
  },
  { type: 'stat', targets: [prometheus('one')], fieldConfig: { defaults: { unit: 'reqps' } } },
  { type: 'gauge', targets: [prometheus('share')], fieldConfig: { defaults: { unit: 'percent' } } },
  { type: 'bargauge', targets: [prometheus('two')], fieldConfig: { defaults: { min: 0, max: 10 } } },
  { type: 'piechart', targets: [prometheus('two')] },
  { type: 'table', targets: [prometheus('two', { format: 'table' })] },
  { type: 'heatmap', targets: [prometheus('buckets', { format: 'heatmap', legendFormat: '{{le}}' })] },
  { type: 'histogram', targets: [prometheus('two')], options: { bucketSize: 1 } },
  { type: 'barchart', targets: [prometheus('two')] },
  {
    type: 'state-timeline',
    targets: [prometheus('state')],
    fieldConfig: {
      defaults: {
        mappings: [{ type: 'value', options: { '0': { text: 'down' }, '1': { text: 'up' } } }],
      },
    },
  },
  { type: 'logs', datasource: { type: 'loki' }, targets: [{ refId: 'A', expr: '{a="b"}' }] },
  { type: 'traces', datasource: { type: 'tempo' }, targets: [{ refId: 'A', query: '{ }' }] },
  {
    type: 'text',
    options: {
      mode: 'html',
      content: '<b>bold</b><script>document.title="taken"</script><a href="javascript:x">x</a>',
    },
  },
];

const BOARD = {
  uid: 'recorded',
  title: 'Recorded',
  time: { from: String((START - 60) * 1000), to: String((START + 6 * STEP) * 1000) },
  panels: PANELS.map((panel, at) => ({
    ...panel,
    id: at + 1,
    interval: '1m',
    title: panel.type,
    gridPos: { x: (at % 3) * 8, y: Math.floor(at / 3) * 8, w: 8, h: 8 },
  })),
};

/** Answers for the lab: the dashboard, and every query by its text. */
function answer(route: Route): Promise<void> {
  const request = route.request();
  const url = new URL(request.url());
  if (url.pathname === '/api/dashboards/uid/recorded')
    return route.fulfill({ json: { dashboard: BOARD, meta: {} } });
  const params = new URLSearchParams(request.postData() ?? url.search);
  const known = ANSWERS[params.get('query') ?? params.get('q') ?? ''];
  return known ? route.fulfill({ json: known }) : route.continue();
}

/** How many pixels of a panel's canvases are not transparent. */
function ink(panel: Locator): Promise<number> {
  return panel.locator('canvas').evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).reduce((total, canvas) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let inked = 0;
      for (let at = 3; at < pixels.length; at += 4) if ((pixels[at] ?? 0) > 0) inked += 1;
      return total + inked;
    }, 0),
  );
}

describe('with recorded answers', () => {
  let browser: Browser;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    browser = await launch();
    ({ page, errors } = await open(browser, '/dashboards'));
    await page.route('**/api/**', answer);
    await page.goto(`${new URL(page.url()).origin}/d/recorded`);
    await allReady(page);
    await shot(page, 'recorded');
  }, 90_000);
  afterAll(() => browser?.close());

  const panel = (type: string) => page.locator(`[data-panel-type="${type}"]`);
  const texts = (type: string, selector: string) => panel(type).locator(selector).allTextContents();

  it('draws two lines and their legend', async () => {
    expect(await texts('timeseries', '.legend li')).toEqual(['fairLast *: 5Max: 5', 'riskyLast *: 1Max: 5']);
    expect(await ink(panel('timeseries'))).toBeGreaterThan(1000);
  });
  it('writes a stat in its unit', async () =>
    expect(await texts('stat', '.stat-value')).toEqual(['1.23 kreq/s']));
  it('says a gauge', async () =>
    expect(await panel('gauge').getByRole('img').getAttribute('aria-label')).toBe('fair: 75%'));
  it('draws bars of one scale', async () => {
    const widths = await panel('bargauge')
      .locator('.bar-gauge-bar')
      .evaluateAll((bars) => bars.map((bar) => (bar as HTMLElement).style.width));
    expect(widths).toEqual(['50%', '10%']);
  });
  it('cuts a pie', async () => expect(await panel('piechart').locator('path').count()).toBe(2));
  it('lists rows', async () => {
    expect(await texts('table', 'th')).toEqual(['Time', 'die', 'Value']);
    expect(await panel('table').locator('tbody tr').count()).toBe(10);
  });
  it('paints a heatmap', async () => expect(await ink(panel('heatmap'))).toBeGreaterThan(1000));
  it('counts a histogram', async () => {
    const titles = await texts('histogram', 'rect title');
    expect(titles.map((title) => title.split(': ').at(-1))).toEqual(['2', '2', '2', '2', '2']);
  });
  it('stands bars side by side', async () => expect(await panel('barchart').locator('rect').count()).toBe(2));
  it('joins equal states', async () =>
    expect(await texts('state-timeline', '.state')).toEqual(['up', 'down', 'up']));
  it('keeps HTML in log lines as text', async () => {
    expect(await panel('logs').locator('.log-line').textContent()).toContain(
      '<img src=x onerror=alert(1)> failed',
    );
    expect(await panel('logs').locator('img').count()).toBe(0);
  });
  it('links a trace', async () => {
    const href = await panel('traces').getByRole('link').first().getAttribute('href');
    expect(href).toBe('/explore/trace/0af7651916cd43dd8448eb211c80319c');
    expect(await panel('traces').textContent()).toContain('845 ms');
  });
  it('shows HTML without what runs', async () => {
    expect(await texts('text', 'b')).toEqual(['bold']);
    expect(await panel('text').locator('a').getAttribute('href')).toBeNull();
    expect(await page.title()).not.toBe('taken');
  });
  it('complains of nothing', () => expect(errors).toEqual([]));
});
