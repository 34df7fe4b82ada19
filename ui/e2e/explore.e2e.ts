/** Explore, traces, the tour and the six links between the signals, followed in a browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore, LAB, launch, open, violations } from './browser';

const DURATION = 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))';
const RATE = 'sum by (job) (rate(http_requests_total[1m]))';
const LINES = '{container_name="dice-roller-stage4"} | json | message=~"Async roll completed|Roll completed"';
const BATCHES = '{ resource.service.name = "dice-roller" && span.async.batch_size >= 3 }';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function traceShown(page: Page): Promise<number> {
  await page.locator('.waterfall .span').first().waitFor();
  return page.locator('.waterfall .span').count();
}

async function linesShown(page: Page): Promise<number> {
  await page.locator('.log-line').first().waitFor();
  return page.locator('.log-line').count();
}

async function panelsReady(page: Page, count: number): Promise<void> {
  await page
    .locator('[data-panel-type="timeseries"][data-state="ready"]')
    .nth(count - 1)
    .waitFor();
}

describe('the six links', () => {
  it('metric → trace: an exemplar opens its trace', async () => {
    // The lab may have begun a moment ago: look again until a scrape has brought exemplars.
    const { page } = await open(browser, `${explore('metrics', DURATION)}&refresh=5s`);
    await page.locator('.exemplar').last().waitFor();
    await page.locator('.exemplar').last().focus();
    await page.keyboard.press('Enter');
    expect(await traceShown(page)).toBeGreaterThan(1);
  });

  it('metric → logs: a series leads to the lines of its job', async () => {
    const { page } = await open(browser, explore('metrics', RATE));
    await page.getByRole('link', { name: 'Logs', exact: true }).first().click();
    expect(await linesShown(page)).toBeGreaterThan(0);
    expect(page.url()).toContain('signal=logs');
  });

  it('log → trace and log → metric', async () => {
    const { page } = await open(browser, explore('logs', LINES));
    await linesShown(page);
    await page.locator('.log-line > button').first().click();
    await page.getByRole('link', { name: 'Metrics of this service' }).click();
    await panelsReady(page, 1);
    await page.goBack();
    await linesShown(page);
    await page.locator('.log-line > button').first().click();
    await page.getByRole('link', { name: 'Show this trace' }).click();
    expect(await traceShown(page)).toBeGreaterThan(1);
  });

  it('trace → logs and trace → metrics', async () => {
    const { page } = await open(browser, explore('traces', BATCHES));
    await page.locator('.explore-lines a').nth(3).click();
    await traceShown(page);
    await page.getByRole('link', { name: 'Logs of this trace' }).click();
    expect(await linesShown(page)).toBeGreaterThanOrEqual(8);
    await page.goBack();
    await traceShown(page);
    await page
      .getByRole('link', { name: /Rate, errors and duration/ })
      .first()
      .click();
    await panelsReady(page, 2);
  });
});

describe('a batch', () => {
  it('rolled at the frontend is found as a waterfall with overlapping bars', async () => {
    const status = await (await fetch(`${LAB}/api/lab/status`)).json();
    const frontend = status.addresses.find(({ what }: { what: string }) => what === 'frontend').url;
    const roller = await browser.newPage();
    await roller.goto(frontend);
    await roller.locator('#async').check();
    await roller.locator('#times').fill('10');
    await roller.getByRole('button', { name: 'Roll' }).click();
    const id = await roller.locator('.trace code').textContent();
    const href = await roller.locator(`a[href$="/${id}"]`).getAttribute('href');
    expect(new URL(href ?? '').pathname).toBe(`/explore/trace/${id}`);
    const { page, errors } = await open(browser, `/explore/trace/${id}`);
    await page.locator('[data-span-name="async_roll"]').nth(9).waitFor();
    const bars = await page.locator('[data-span-name="async_roll"]').evaluateAll((spans) =>
      spans.map((span) => {
        const { start, duration } = (span as HTMLElement).dataset;
        return { start: Number(start), end: Number(start) + Number(duration) };
      }),
    );
    expect(bars).toHaveLength(10);
    const lastStart = Math.max(...bars.map(({ start }) => start));
    expect(bars.filter(({ end }) => end > lastStart).length).toBeGreaterThan(1);
    expect(await page.locator('.trace-overlap').textContent()).toContain('10 rolls');
    await page.locator('[data-span-name="GET /"]').first().waitFor();
    // Keys: down the rows, open one, fold its parent.
    await page.locator('.span-bar-cell[tabindex="0"]').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('.span-details').waitFor();
    await page.keyboard.press('Home');
    await page.locator('.waterfall .span').first().locator('.span-bar-cell:focus').waitFor();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.locator('.waterfall .span').count()).toBe(1);
    expect(errors).toEqual([]);
  });
});

describe('explore', () => {
  it('narrows lines by a field, and remembers what was asked', async () => {
    const { page } = await open(browser, explore('logs', '{container_name="dice-roller-stage4"}'));
    await linesShown(page);
    await page.locator('.log-line > button').first().click();
    await page
      .getByRole('button', { name: /^Only lines with service / })
      .first()
      .click();
    await expect.poll(() => decodeURIComponent(page.url())).toContain('service="dice-roller"');
    expect(await linesShown(page)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'History' }).click();
    await page.getByRole('list', { name: 'Query history' }).getByText('service="dice-roller"').waitFor();
  });

  it('follows lines as they come', async () => {
    const { page, errors } = await open(browser, explore('logs', '{container_name=~".+"}'));
    await linesShown(page);
    await page.getByRole('button', { name: '▶ Live' }).click();
    await page.locator('[data-live="live"]').waitFor();
    await linesShown(page);
    const newest = () => page.locator('.log-line').first().textContent();
    const before = await newest();
    await expect.poll(newest, { timeout: 20_000 }).not.toBe(before);
    expect(errors).toEqual([]);
  });

  it('finds traces by a form', async () => {
    const { page } = await open(browser, '/explore?signal=traces');
    await page.getByLabel('Service').fill('dice-roller');
    await page.getByLabel('Span name').fill('async_roll');
    await page.getByLabel('At least').fill('1ms');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('.explore-lines tbody tr').first().waitFor();
    expect(decodeURIComponent(page.url())).toContain('duration+>=+1ms');
  });

  it('says why a log query finds nothing', async () => {
    const { page } = await open(browser, explore('logs', '{container_nam="dice-roller-stage4"}'));
    await page
      .getByText('no stream has label "container_nam"; did you mean "container_name"?')
      .first()
      .waitFor();
  });

  it('is two panes when split', async () => {
    const { page } = await open(browser, explore('metrics', 'up'));
    await page.getByRole('button', { name: 'Split' }).click();
    await panelsReady(page, 2);
  });
});

describe('the tour', () => {
  it('greets once, leads from place to place, and stays away when skipped', async () => {
    const { page } = await open(browser, '/dashboards');
    await page.evaluate(() => localStorage.removeItem('dicelab.tour'));
    await page.addInitScript(() => sessionStorage.getItem('tour') && localStorage.removeItem('dicelab.tour'));
    await page.getByRole('button', { name: 'Take the tour' }).click();
    const tour = page.locator('.tour');
    expect(await violations(page)).toEqual([]);
    await tour.getByRole('button', { name: 'Show batches' }).click();
    await page.locator('.explore-lines tbody tr').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await tour.getByRole('button', { name: 'Next' }).click();
    await tour.getByRole('button', { name: 'Show its log lines' }).click();
    await expect.poll(() => page.url()).toContain('signal=logs');
    await page.keyboard.press('Escape');
    await expect.poll(() => tour.count()).toBe(0);
    expect(await page.evaluate(() => localStorage.getItem('dicelab.tour'))).toBe('done');
  });
});

describe('axe finds nothing serious', () => {
  const pages: [string, string, string][] = [
    ['metrics', explore('metrics', RATE), '[data-state="ready"]'],
    ['logs', explore('logs', LINES), '.log-line'],
    ['traces', explore('traces', BATCHES), '.explore-lines tbody tr'],
    ['status', '/status', '[data-process]'],
    ['dashboards', '/dashboards', 'a[href^="/d/"]'],
  ];
  it.each(pages)('on %s', async (_, path, ready) => {
    const { page } = await open(browser, path);
    await page.locator(ready).first().waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('on a trace with an open span', async () => {
    const { page } = await open(browser, explore('traces', BATCHES));
    await page.locator('.explore-lines a').first().click();
    await page.locator('.span-bar-cell').nth(2).click();
    await page.locator('.span-details').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});

describe('corrections', () => {
  const MISTAKES = [
    ['metrics', 'rate(async_rolls_in_progress[5m])', 'deriv(async_rolls_in_progress[5m])'],
    ['metrics', 'sum(rate(http_requests_total[5m])', 'sum(rate(http_requests_total[5m]))'],
    ['logs', '{service_name=~".+"} | jsn', '{service_name=~".+"} | json'],
    ['logs', '{die_type="fair"}', '{service_name=~".+"} | json | die_type="fair"'],
    ['traces', '{ name = async_roll }', '{ name = "async_roll" }'],
    ['traces', '{ service.name = "dice-roller" }', '{ resource.service.name = "dice-roller" }'],
  ] as const;

  it.each(MISTAKES)('%s: %s becomes %s by a click', async (signal, wrong, right) => {
    const { page } = await open(browser, explore(signal, wrong));
    const list = page.getByRole('region', { name: 'Did you mean' });
    await list.getByText(right, { exact: true }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('query')).toBe(right);
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  it('none is offered where the query is right', async () => {
    const { page } = await open(browser, explore('traces', '{ name = "async_roll" }'));
    await page.locator('.explore-lines tbody tr').first().waitFor();
    expect(await page.getByRole('region', { name: 'Did you mean' }).count()).toBe(0);
  });
});
