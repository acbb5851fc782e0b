// The bus of a province as the tests reach it: who calls, from which files, and one bare HTTPS request.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { answers, programs, start } from '../processes.mjs';

export const CLIENT = 'VN/GOV/000.00.15.H19/mot-cua';
export const PURPOSE = { catalog: 'tra-cuu-danh-muc' };
export const CATALOG = 'VN/GOV/000.00.00.H19/danh-muc/DanhMuc';

/** The bus of `world` (a province). */
export function bus(world) {
  const pki = path.join(world.state, 'pki');
  const file = (name) => path.join(pki, name);
  return {
    pki,
    file,
    gateway: `https://localhost:${world.base + 50}`,
    operator: `http://localhost:${world.base + 51}`,
    population: `http://localhost:${world.base + 30}`,
    config: path.join(world.state, 'gateway.toml'),
    /** What node's TLS needs to be this department. */
    tls: (name) => ({ ca: readFileSync(file('ca.pem')), cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }),
  };
}

/** One request on a connection of its own. `headers` is a flat list, so that a header can be sent twice. */
export async function request(url, { method = 'GET', headers = [], body, port, ...tls }) {
  const { hostname, host, pathname, search, port: own } = new URL(url);
  const answer = await new Promise((resolve, reject) => {
    const sent = https.request({ ...tls, agent: false, host: hostname, port: port ?? own, path: pathname + search, method, headers: ['Host', host, ...headers], timeout: 20_000 }, resolve);
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${host}`)));
    sent.on('error', reject).end(body);
  });
  const parts = [];
  for await (const part of answer) parts.push(part);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) };
}

/** `lgsp-gateway --config FILE …`; throws with what it says when it fails. */
export function program(config, args, env = {}) {
  return execFileSync(path.join(programs, 'lgsp-gateway'), ['--config', config, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * A gateway of its own with the settings, registry and certificates of the province, on `port` and the one above it, for who
 * calls it by `authority`. Gives its settings file.
 */
export async function ownGateway(after, ours, { port, authority, storage }) {
  const other = { bind: `"127.0.0.1:${port}"`, operator_bind: `"127.0.0.1:${port + 1}"`, authorities: `["${authority}"]` };
  let text = readFileSync(ours.config, 'utf8').replace(/^\[storage\]\n(?:(?!\[).*\n)*/m, `[storage]\n${storage}\n\n`);
  for (const [key, value] of Object.entries(other)) {
    const line = new RegExp(`^${key} = .*$`, 'm');
    assert.match(text, line);
    text = text.replace(line, `${key} = ${value}`);
  }
  const home = path.dirname(ours.config);
  const config = path.join(home, `peer-gateway-${port}.toml`);
  writeFileSync(config, text);
  const ready = () => answers(`http://127.0.0.1:${port + 1}/ready`);
  await start(path.join(programs, 'lgsp-gateway'), ['--config', config], { ready, after, cwd: home });
  return config;
}
