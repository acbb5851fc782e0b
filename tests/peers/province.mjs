// A province of its own for a test: `sandbox` on free ports, with its state in a temporary folder.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { folder, freePort, newDatabase, programs, start } from './processes.mjs';

/** Offsets of the ports that a province takes above its base. */
const PORTS = [0, 1, 10, 11, 12, 20, 21, 30, 31, 50, 51];

/**
 * `clients` is the text of a clients file whose clients the broker knows besides those of the province.
 * With TEST_STORAGE=cluster it keeps things in Postgres and Redis.
 */
export async function province(after, { clients } = {}) {
  const state = folder(after);
  const base = await freePort(PORTS);
  const args = ['--port-base', String(base), '--state', path.join(state, 'province')];
  if (clients) {
    writeFileSync(path.join(state, 'clients.toml'), clients);
    args.push('--clients', path.join(state, 'clients.toml'));
  }
  if (process.env.TEST_STORAGE === 'cluster') {
    args.push('--storage-postgres', newDatabase().url, '--storage-redis', process.env.TEST_REDIS_URL);
  }
  const printed = await start(path.join(programs, 'sandbox'), args, { ready: /^\s*ready\b/m, after, cwd: state });
  return {
    base,
    state: path.join(state, 'province'),
    issuer: `http://localhost:${base}`,
    vneid: `http://localhost:${base + 20}`,
    printed,
    secret: (client) => readFileSync(path.join(state, 'province', 'secrets', `${client}.secret`), 'utf8').trim(),
  };
}
