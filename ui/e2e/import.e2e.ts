import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, launch, open, overflow, shot, violations } from './browser';

/** A dashboard of Grafana 4: a graph and a single stat in a row, and a data source to be chosen. */
const OLD = {
  title: 'Old <b>but</b> good',
  __inputs: [{ name: 'DS', type: 'datasource', pluginId: 'prometheus' }],
  annotations: { list: [{ name: 'Scrapes', datasource: '$' + '{DS}', expr: 'up{job="dicelab"}' }] },
  templating: { list: [{ name: 'filter', type: 'adhoc', datasource: '$' + '{DS}' }] },
  rows: [
    {
      title: 'Everything',
      panels: [
        {
          type: 'graph',
          title: 'Shares',
          datasource: '$' + '{DS}',
          span: 8,
          stack: true,
          percentage: true,
          targets: [{ expr: 'sum by (job) (process_resident_memory_bytes)', legendFormat: '{{job}}' }],
        },
        {
          type: 'singlestat',
          title: 'Services',
          datasource: '$' + '{DS}',
          span: 4,
          valueName: 'current',
          targets: [{ expr: 'count(up{job=~".+-stage4|dicelab"} == 1)' }],
        },
        {
          type: 'library-panel-ref',
          title: 'Away',
          libraryPanel: { uid: 'x', name: 'Kept elsewhere' },
          span: 12,
        },
      ],
    },
  ],
};

describe('imports', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it('take a pasted dashboard, draw it, replace it and take it away', async () => {
    const { page, errors } = await open(browser, '/dashboards');
    await page.getByRole('link', { name: 'Import a dashboard' }).click();
    const json = page.getByLabel('JSON');
    await json.fill('{ "panels": [');
    await page.getByRole('alert').filter({ hasText: 'It is not JSON' }).waitFor();
    await json.fill('{ "title": "x" }');
    await page.getByRole('alert').filter({ hasText: 'neither “panels” nor “rows”' }).waitFor();
    await json.fill(JSON.stringify(OLD));
    await page.getByText('3 panels: 1 timeseries, 1 stat, 1 library-panel').waitFor();
    await page.getByRole('button', { name: 'Import' }).click();
    await page.waitForURL(/\/d\/old-b-but-b-good/);
    expect(await allReady(page)).toBe(3);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(OLD.title);
    await page.locator('.plot-mark').first().waitFor({ state: 'attached' });
    await page.getByText('Library panel “Kept elsewhere”').waitFor();
    await shot(page, 'imported');
    expect(errors).toEqual([]);

    await page.goto(`${new URL(page.url()).origin}/dashboards/import`);
    await json.fill(JSON.stringify(OLD));
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByRole('alert').filter({ hasText: 'another imported dashboard has the uid' }).waitFor();
    await page.getByRole('button', { name: 'Replace the other one' }).click();
    await page.waitForURL(/\/d\/old-b-but-b-good/);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove permanently' }).click();
    await page.waitForURL(/\/dashboards$/);
    expect(await page.getByRole('link', { name: OLD.title }).count()).toBe(0);
  });

  it('filter every query by what the reader adds', async () => {
    const { page } = await open(browser, '/dashboards/import');
    await page.getByLabel('JSON').fill(JSON.stringify({ ...OLD, uid: 'filtered' }));
    await page.getByRole('button', { name: 'Import' }).click();
    await page.getByLabel('Label of a filter in filter').fill('job');
    await page.getByLabel('Value of a filter in filter').fill('dicelab');
    await page.getByRole('button', { name: 'Add filter' }).click();
    await page.waitForURL(/var-filter=job%7C%3D%7Cdicelab/);
    const services = page.locator('[data-panel-type="stat"]');
    await services.getByText('1', { exact: true }).waitFor();
    await page.getByRole('button', { name: /job = dicelab/ }).click();
    await services.getByText('4', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Remove permanently' }).click();
    await page.waitForURL(/\/dashboards$/);
  });

  it('are refused from pages of other origins', async () => {
    const { page } = await open(browser, '/dashboards');
    const answer = await page.request.post(`${new URL(page.url()).origin}/api/dashboards/db`, {
      headers: { origin: 'http://evil.example' },
      data: { dashboard: { title: 'x', panels: [] } },
    });
    expect(answer.status()).toBe(403);
  });

  it.each(['light', 'dark'] as const)('are accessible in %s and fit a narrow screen', async (scheme) => {
    const { page } = await open(browser, '/dashboards/import', { scheme, width: 390 });
    await page.getByLabel('JSON').fill(JSON.stringify(OLD));
    await page.getByText('3 panels').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await shot(page, `import-${scheme}`);
  });
});
