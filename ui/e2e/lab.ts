/** Starts `dicelab up` on free ports before the tests and ends it after them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { BINARY, RUNNING } from './needs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the page is. */
    lab: string;
  }
}

/** Every port of the lab, before the offset. */
const PORTS = [3000, 3100, 3200, 4317, 4318, 8106, 8107, 8108, 9090, 12345];

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (RUNNING || !BINARY) {
    project.provide('lab', RUNNING ?? '');
    return undefined;
  }
  const offset = await freeOffset();
  const child = spawn(
    BINARY,
    [
      'up',
      '--in-memory',
      '--port-offset',
      String(offset),
      '--dashboards',
      resolve(import.meta.dirname, 'boards'),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await ready(child);
  await rollUntilFailure(`http://localhost:${8108 + offset}`);
  await untilScrapedForAMinute(`http://localhost:${9090 + offset}`);
  project.provide('lab', `http://localhost:${3000 + offset}`);
  return () => end(child);
}

/** Some rolls of the risky die fail, so that the panels of errors have something to show. */
async function rollUntilFailure(frontend: string): Promise<void> {
  const batches = Array.from({ length: 12 }, () => fetch(`${frontend}/roll-async?die=risky&times=10`));
  const statuses = (await Promise.all(batches)).map(({ status }) => status);
  if (!statuses.includes(500)) throw new Error(`120 risky rolls and none failed: ${statuses.join(' ')}`);
}

/** A dashboard without a refresh stays as it was opened: before the first step of its queries it has nothing to show. */
async function untilScrapedForAMinute(metrics: string): Promise<void> {
  const query = encodeURIComponent('count(count_over_time(up[5m]) >= 13)');
  let seen = 'nothing';
  for (const end = Date.now() + 120_000; Date.now() < end; await setTimeout(200)) {
    seen = await (await fetch(`${metrics}/api/v1/query?query=${query}`)).text();
    if (seen.includes('"4"]')) return;
  }
  throw new Error(
    `the three services and the lab were not scraped for a minute within two; the metrics store says ${seen}`,
  );
}

async function freeOffset(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const offset = 20_000 + Math.floor(Math.random() * 300) * 100;
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no free ports for a lab');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4000);
      if (/^ready in/m.test(said)) done();
    });
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`dicelab ended with ${code}:\n${said}`)));
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.removeAllListeners('exit');
    child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}
