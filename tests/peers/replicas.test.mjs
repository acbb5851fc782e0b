// Two processes of the broker on one Postgres and one Redis, taking turns: whatever one of them does, the other knows.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { asked, cluster, relyingParty, shared, startBroker, startUpstream } from './broker.mjs';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { freePort, noCluster, programs, run } from './processes.mjs';

const REDIRECT = 'http://127.0.0.1:7994/cb';
const SECRET = 'bi-mat-cua-ung-dung-chi-de-thu-nghiem-02';
const stops = [];
const stop = (one) => stops.push(one);
let issuer;

let replicas;
let home;
let config;

/** A load balancer with no memory: each request goes to the next process, whoever sent it. Notes who served what. */
async function balance(port, targets) {
  const served = [];
  let turn = 0;
  const server = http.createServer((request, response) => {
    const target = targets[turn++ % targets.length];
    served.push({ target, what: `${request.method} ${request.url.split('?')[0]}` });
    const onward = http.request({ host: '127.0.0.1', port: target, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(port, 'localhost', resolve));
  stop(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return served;
}

async function login(person, more) {
  const { url, checks } = await asked(config, { redirect: REDIRECT, more });
  return oidc.authorizationCodeGrant(config, await person.visit(url, REDIRECT), checks);
}

const newPerson = () => new Person({ number: 'dung.pq', provider: 'coquan' });

/** A request of the client straight to one process. */
async function ask(target, path, form, headers = {}) {
  const authorization = `Basic ${Buffer.from(`ung-dung:${SECRET}`).toString('base64')}`;
  const answer = await fetch(`http://127.0.0.1:${target}${path}`, { method: 'POST', headers: { authorization, ...headers }, body: new URLSearchParams(form) });
  return { status: answer.status, body: await answer.json().catch(() => undefined) };
}

describe('two processes on Postgres and Redis', { skip: noCluster }, () => {
  let served;

  before(async () => {
    const port = await freePort([0, 2, 3, 4, 5, 6]);
    issuer = `http://localhost:${port}`;
    replicas = [port + 3, port + 5];
    const upstream = `http://localhost:${port + 2}`;
    home = shared(stop, client('ung-dung', { secret: SECRET, redirect: REDIRECT, providers: ['coquan'] }));
    const storage = cluster(home);
    // Both at once: one of them migrates and makes the keys, the other waits.
    await Promise.all(replicas.map((replica) => startBroker(stop, home, { issuer, port: replica, upstream, storage })));
    served = await balance(port, replicas);
    await startUpstream(stop, port + 2, issuer);
    config = await relyingParty(issuer, 'ung-dung', oidc.ClientSecretBasic(SECRET));
  });

  after(async () => {
    for (const one of stops.reverse()) await one();
  });

  test('serve one login between them, step by step in turn', async () => {
    served.length = 0;
    const person = newPerson();
    const tokens = await login(person);
    assert.equal(tokens.claims().iss, issuer);
    await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    const steps = served.map(({ what }) => what);
    for (const step of ['GET /authorize', 'GET /callback/coquan', 'POST /token', 'GET /userinfo']) assert.ok(steps.includes(step), steps.join(', '));
    for (let index = 1; index < served.length; index += 1) assert.notEqual(served[index].target, served[index - 1].target);
  });

  test('sign with the same keys', async () => {
    const [one, other] = await Promise.all(replicas.map(async (replica) => (await fetch(`http://127.0.0.1:${replica}/jwks`)).json()));
    assert.ok(one.keys.length > 0);
    assert.deepEqual(one, other);
  });

  test('let exactly one of 50 uses of a code win', async () => {
    const { url, checks } = await asked(config, { redirect: REDIRECT });
    const arrived = await newPerson().visit(url, REDIRECT);
    const form = {
      grant_type: 'authorization_code',
      code: arrived.searchParams.get('code'),
      redirect_uri: REDIRECT,
      code_verifier: checks.pkceCodeVerifier,
    };
    const all = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(replicas[index % 2], '/token', form)));
    const won = all.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    for (const { status, body } of all) if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant']);
  });

  test('refuse at one what was revoked at the other, at once', async () => {
    const { access_token: token } = await login(newPerson());
    const [one, other] = replicas;
    assert.equal((await ask(one, '/introspect', { token })).body.active, true);
    assert.equal((await ask(other, '/introspect', { token })).body.active, true);
    assert.equal((await ask(one, '/revoke', { token })).status, 200);
    assert.equal((await ask(other, '/introspect', { token })).body.active, false);
  });

  test('both forget who has signed out', async () => {
    const person = newPerson();
    const tokens = await login(person);
    await login(person, { prompt: 'none' });
    await person.open(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }));
    for (const replica of [1, 2]) {
      const { url } = await asked(config, { redirect: REDIRECT, more: { prompt: 'none' } });
      const arrived = await person.visit(url, REDIRECT);
      assert.equal(arrived.searchParams.get('error'), 'login_required', `turn ${replica}`);
    }
  });

  // The last one, because it does not wait for the clients above to fetch the new key set.
  test('change their signing key under a client that keeps the key set it knows', async () => {
    const keys = (...args) => run(path.join(programs, 'broker'), ['--config', path.join(home, `broker-${replicas[0]}.toml`), 'keys', ...args]);
    const kid = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
    const known = async (replica) => (await (await fetch(`http://127.0.0.1:${replica}/jwks`)).json()).keys.map((key) => key.kid);
    const everywhere = async (told) => {
      for (let tries = 0; tries < 60; tries += 1) {
        if ((await Promise.all(replicas.map(known))).every(told)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.fail('the replicas did not follow');
    };
    const before = await login(newPerson());
    const announced = (await keys('announce', 'ES256')).split(' ')[1];
    await everywhere((kids) => kids.includes(announced));
    // A client that starts now and fetches the key set once.
    const patient = await relyingParty(issuer, 'ung-dung', oidc.ClientSecretBasic(SECRET));
    const cache = await (await fetch(`${issuer}/jwks`)).json();
    oidc.setJwksCache(patient, { jwks: cache, uat: Math.floor(Date.now() / 1000) });
    await assert.rejects(keys('activate', announced), /clients may keep/);
    await keys('activate', '--force', announced);
    let tokens;
    for (let tries = 0; tries < 60 && kid(tokens?.id_token ?? 'e30.') !== announced; tries += 1) {
      const { url, checks } = await asked(patient, { redirect: REDIRECT });
      tokens = await oidc.authorizationCodeGrant(patient, await newPerson().visit(url, REDIRECT), checks);
    }
    assert.equal(kid(tokens.id_token), announced);
    assert.deepEqual(oidc.getJwksCache(patient).jwks, cache, 'it fetched no other');
    for (const replica of replicas) {
      for (const token of [before.access_token, tokens.access_token]) assert.equal((await ask(replica, '/introspect', { token })).body.active, true);
    }
    await keys('retire', '--force', kid(before.access_token));
    await everywhere((kids) => !kids.includes(kid(before.access_token)));
    for (const replica of replicas) {
      assert.equal((await ask(replica, '/introspect', { token: before.access_token })).body.active, false);
      assert.equal((await ask(replica, '/introspect', { token: tokens.access_token })).body.active, true);
    }
    const renewed = await oidc.refreshTokenGrant(patient, before.refresh_token);
    assert.equal(kid(renewed.access_token), announced);
  });
});

test('a second process on the same SQLite file refuses to start', async () => {
  const own = [];
  const after = (one) => own.push(one);
  try {
    const port = await freePort([0, 1, 2, 3]);
    const home = shared(after, client('ung-dung', { secret: SECRET, redirect: REDIRECT, providers: ['coquan'] }));
    const alike = { issuer: `http://localhost:${port}`, upstream: `http://localhost:${port + 4}` };
    await startBroker(after, home, { ...alike, port });
    await assert.rejects(startBroker(after, home, { ...alike, port: port + 2 }), /ended at start/);
  } finally {
    for (const one of own.reverse()) await one();
  }
});
