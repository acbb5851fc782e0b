// Programs under test: where they are, on which ports, when they are ready, and that they are gone afterwards.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');

/** Where cargo puts programs; tests/run says so. */
export const programs = process.env.TEST_BIN_DIR ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug');

/** A new folder that `after` removes. */
export function folder(after) {
  const made = mkdtempSync(path.join(process.env.TEST_TEMP_DIR ?? os.tmpdir(), 'peer-'));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function isFree(port, host) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', (error) => resolve(error.code === 'EADDRNOTAVAIL')).listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** A port such that it and those `offsets` above it are free on IPv4 and IPv6; below those the kernel hands out. */
export async function freePort(offsets = [0]) {
  for (;;) {
    const base = 10_000 + 100 * Math.floor(Math.random() * 200);
    const checks = offsets.flatMap((offset) => ['127.0.0.1', '::1'].map((host) => isFree(base + offset, host)));
    if ((await Promise.all(checks)).every(Boolean)) return base;
  }
}

/**
 * Starts a program and waits until `ready` (a pattern in what it prints, or a function that resolves to true).
 * `after` is called with what stops it. Gives back what it has printed so far, as a function.
 */
export async function start(command, args, { ready, after, seconds = 30, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let printed = '';
  let ended = false;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
  const exit = new Promise((resolve) => {
    child.once('error', (error) => ((printed += error.message), (ended = true), resolve()));
    child.once('exit', () => ((ended = true), resolve()));
  });
  after(async () => {
    if (ended) return;
    child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(patience);
  });
  const isReady = typeof ready === 'function' ? ready : async () => ready.test(printed);
  const limit = Date.now() + 1000 * seconds;
  while (!(await isReady())) {
    if (ended) throw new Error(`${path.basename(command)} ended at start:\n${printed.slice(-4000)}`);
    if (Date.now() > limit) throw new Error(`${path.basename(command)} is not ready after ${seconds} s:\n${printed.slice(-4000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return () => printed;
}

/** Runs a program to its end and gives what it says; fails with what it complains of. */
export async function run(command, args) {
  return (await promisify(execFile)(command, args)).stdout;
}

/** Whether `url` answers with 200. */
export async function answers(url) {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) }).then((answer) => answer.status === 200, () => false);
}

/** Why a test on Postgres and Redis is left out, or false. */
export const noCluster = process.env.TEST_POSTGRES_URL && process.env.TEST_REDIS_URL ? false : 'needs TEST_POSTGRES_URL and TEST_REDIS_URL';

/** A new, empty database on the Postgres of this run. It goes with the server. */
export function newDatabase() {
  const name = `peer_${randomBytes(6).toString('hex')}`;
  execFileSync('psql', ['-q', '-d', process.env.TEST_POSTGRES_URL, '-c', `CREATE DATABASE ${name}`]);
  const url = new URL(process.env.TEST_POSTGRES_URL);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}
