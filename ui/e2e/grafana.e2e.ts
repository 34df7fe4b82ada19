/** What clients of Grafana's API create, change and delete is what the page shows. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allReady, LAB, launch, open, shot, violations } from './browser';

/** Dashboards as a client's library builds them. */
const MADE = JSON.parse(readFileSync(resolve(import.meta.dirname, 'grafanaClients.json'), 'utf8'));
const SECOND = '/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards';

async function call(method: string, path: string, body?: object, type = 'application/json') {
  const answer = await fetch(LAB + path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': type } }),
  });
  expect(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`).toBe(true);
  return answer.json();
}

describe('what clients of Grafana write', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
    await call('POST', '/api/folders', { uid: 'clients', title: 'Of clients' });
    await call('POST', '/api/dashboards/db', {
      dashboard: MADE.classic,
      folderUid: 'clients',
      overwrite: true,
      message: 'made by a client',
    });
    const { metadata } = MADE.second;
    const placed = { ...metadata, annotations: { 'grafana.app/folder': 'clients' } };
    await call('POST', SECOND, { ...MADE.second, metadata: placed });
  });
  afterAll(() => browser?.close());

  it('stands in its folder in the list', async () => {
    const { page, errors } = await open(browser, '/dashboards');
    const folder = page.getByRole('region', { name: 'Of clients' });
    await folder.getByRole('link', { name: 'SDK one' }).waitFor();
    await folder.getByRole('link', { name: 'SDK two' }).waitFor();
    await shot(page, 'folders');
    expect(await violations(page)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('is drawn, with the annotation on it, and changes and goes with it', async () => {
    const time = Date.now() - 60_000;
    const note = { dashboardUID: 'sdk-one', text: 'deployed by a client', tags: ['deploy'], time };
    const { id } = await call('POST', '/api/annotations', note);
    const { page, errors } = await open(browser, '/d/sdk-one');
    await page.getByRole('heading', { name: 'Up of all' }).waitFor();
    await allReady(page);
    await page.getByLabel('deployed by a client').first().waitFor();
    await shot(page, 'client-classic');
    await call('PATCH', `/api/annotations/${id}`, { text: 'rolled back' });
    await page.reload();
    await page.getByLabel('rolled back').first().waitFor();
    await call('DELETE', `/api/annotations/${id}`);
    await page.reload();
    await allReady(page);
    expect(await page.getByLabel('rolled back').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('of the second schema is drawn with its tabs as rows, and as it was changed', async () => {
    const { page, errors } = await open(browser, '/d/sdk-two');
    for (const name of ['Up in tabs', 'In a row']) await page.getByRole('heading', { name }).waitFor();
    await page.getByText('Second / Row').first().waitFor();
    expect(await allReady(page)).toBe(2);
    await shot(page, 'client-second');
    const patch = { spec: { title: 'SDK two, changed' } };
    await call('PATCH', `${SECOND}/sdk-two`, patch, 'application/merge-patch+json');
    await page.reload();
    await expect.poll(() => page.title()).toContain('SDK two, changed');
    expect(errors).toEqual([]);
  });

  it('is gone from the page when it is deleted', async () => {
    await call('DELETE', `${SECOND}/sdk-two`);
    await call('DELETE', '/api/dashboards/uid/sdk-one');
    await call('DELETE', '/api/folders/clients');
    const { page } = await open(browser, '/dashboards');
    await page.getByRole('link', { name: /Stage 4/ }).waitFor();
    expect(await page.getByText('Of clients').count()).toBe(0);
    expect(await page.getByRole('link', { name: /SDK/ }).count()).toBe(0);
  });
});
