// nginx in front, passing TLS through, and two gateways behind it on one Postgres and one Redis: one bus.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bus, CATALOG, CLIENT, ownGateway, program, PURPOSE, request } from './gateway/bus.mjs';
import { signed, verified } from './gateway/signed.mjs';
import { folder, freePort, newDatabase, noCluster, start } from './processes.mjs';
import { province } from './province.mjs';

const stops = [];
const stop = (one) => stops.push(one);
let world;
let ours;
let front;
let replicas;
let configs;

/** nginx that looks at no byte of what it passes. */
function passthrough(home, port, targets) {
  return `
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
worker_processes 1;
daemon off;
pid ${home}/nginx.pid;
error_log ${home}/nginx.log;
events { worker_connections 512; }
stream {
  upstream gateways {
${targets.map((target) => `    server 127.0.0.1:${target};`).join('\n')}
  }
  server { listen 127.0.0.1:${port}; proxy_pass gateways; }
}
`;
}

/** How many calls a replica has answered. */
async function answered(port) {
  const text = await (await fetch(`http://127.0.0.1:${port + 1}/metrics`)).text();
  const counts = text.split('\n').filter((line) => /^gateway_calls(_total)?\{/.test(line));
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('two gateways on Postgres and Redis behind nginx', { skip: noCluster }, () => {
  before(async () => {
    world = await province(stop);
    ours = bus(world);
    front = await freePort([0, 1, 2, 3, 4]);
    replicas = [front + 1, front + 3];
    const { name, url } = newDatabase();
    const home = path.dirname(ours.config);
    writeFileSync(path.join(home, 'peer-postgres-url'), url, { mode: 0o600 });
    writeFileSync(path.join(home, 'peer-redis-url'), process.env.TEST_REDIS_URL, { mode: 0o600 });
    const storage = `kind = "cluster"\npostgres_url_file = "peer-postgres-url"\nredis_url_file = "peer-redis-url"\nredis_prefix = "${name}:"`;
    // Both at once: one of them migrates, the other waits.
    configs = await Promise.all(replicas.map((port) => ownGateway(stop, ours, { port, authority: `localhost:${front}`, storage })));
    const proxy = folder(stop);
    writeFileSync(path.join(proxy, 'nginx.conf'), passthrough(proxy, front, replicas));
    const ready = () => request(`https://localhost:${front}/`, ours.tls('mot-cua')).then(() => true, () => false);
    await start('/usr/sbin/nginx', ['-e', path.join(proxy, 'start.log'), '-p', proxy, '-c', path.join(proxy, 'nginx.conf')], { ready, after: stop });
  });

  after(async () => {
    for (const one of stops.reverse()) await one();
  });

  const call = () => signed(ours, `https://localhost:${front}`, { service: CATALOG, path: '/dan-toc', client: CLIENT, purpose: PURPOSE.catalog });

  test('share the calls that come through it', async () => {
    const before = await Promise.all(replicas.map(answered));
    for (let number = 0; number < 8; number += 1) {
      const sent = call();
      const answer = await request(sent.url, { ...sent, ...ours.tls('mot-cua') });
      assert.equal(answer.status, 200, answer.body.toString());
      assert.ok(verified(ours, sent, answer));
    }
    const now = await Promise.all(replicas.map(answered));
    for (const index of [0, 1]) assert.ok(now[index] - before[index] >= 2, `${before} → ${now}`);
  });

  test('know the client by its own certificate, through the proxy', async () => {
    const sent = call();
    const answer = await request(sent.url, { ...sent, ...ours.tls('khong-quyen') });
    assert.equal(answer.status, 403, answer.body.toString());
    assert.equal(answer.headers['lgsp-error'], 'client-mismatch');
    await assert.rejects(request(sent.url, { ...sent, ca: ours.tls('mot-cua').ca }));
  });

  test('refuse at one the message that the other has taken, whichever comes first', async () => {
    for (const [first, second] of [replicas, [...replicas].reverse()]) {
      const sent = call();
      const tls = ours.tls('mot-cua');
      const taken = await request(sent.url, { ...sent, ...tls, port: first });
      assert.equal(taken.status, 200, taken.body.toString());
      const again = await request(sent.url, { ...sent, ...tls, port: second });
      assert.deepEqual([again.status, again.headers['lgsp-error']], [401, 'replayed']);
      assert.ok(verified(ours, sent, again), 'the refusal is signed');
    }
  });

  test('let exactly one of 20 copies of a message win', async () => {
    const sent = call();
    const tls = ours.tls('mot-cua');
    const all = await Promise.all(Array.from({ length: 20 }, () => request(sent.url, { ...sent, ...tls })));
    assert.equal(all.filter(({ status }) => status === 200).length, 1);
    for (const { status, headers } of all) if (status !== 200) assert.deepEqual([status, headers['lgsp-error']], [401, 'replayed']);
  });

  test('write one log, which verifies and has the calls of both', async () => {
    const records = [];
    for (const port of replicas) {
      const sent = call();
      const answer = await request(sent.url, { ...sent, ...ours.tls('mot-cua'), port });
      // A string of RFC 9651: its quotes are not its own.
      records.push(answer.headers['lgsp-record'].slice(1, -1));
    }
    for (const config of configs) {
      program(config, ['log', 'verify']);
      for (const record of records) assert.match(program(config, ['log', 'show', record]), /DanhMuc/);
    }
  });
});
