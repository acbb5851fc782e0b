// oidc-provider (npm) behind the broker's adapter `oidc`; the broker runs alone, as an operator would start it.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { asked, relyingParty, shared, startBroker, startUpstream } from './broker.mjs';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { freePort, programs, run } from './processes.mjs';

const REDIRECT = 'http://127.0.0.1:7995/cb';
const SECRET = 'bi-mat-cua-ung-dung-chi-de-thu-nghiem-01';
const stops = [];
const stop = (one) => stops.push(one);
let upstream;
let broker;
let config;
let upstreamTokens = 0;

before(async () => {
  const port = await freePort([0, 1, 2]);
  broker = `http://localhost:${port}`;
  upstream = `http://localhost:${port + 2}`;
  const home = shared(stop, client('ung-dung', { secret: SECRET, redirect: REDIRECT, providers: ['coquan'] }));
  // Before its upstream exists: nothing is fetched at start.
  await startBroker(stop, home, { issuer: broker, port, upstream });
  await startUpstream(stop, port + 2, broker, () => (upstreamTokens += 1));
  config = await relyingParty(broker, 'ung-dung', oidc.ClientSecretBasic(SECRET));
});

after(async () => {
  for (const one of stops.reverse()) await one();
});

async function login(person, more) {
  const { url, checks } = await asked(config, { redirect: REDIRECT, more });
  return oidc.authorizationCodeGrant(config, await person.visit(url, REDIRECT), checks);
}

describe('oidc-provider behind the broker', () => {
  const person = new Person({ number: 'dung.pq', provider: 'coquan' });
  let first;

  test('an officer logs in there and arrives at the application', async () => {
    first = await login(person);
    assert.ok(person.way.some((step) => step.startsWith(`POST ${upstream}/interaction/`)), person.way.join(' → '));
    assert.equal(upstreamTokens, 1);
  });

  test('the broker speaks in its own name, with its own subject and level', () => {
    const claims = first.claims();
    assert.equal(claims.iss, broker);
    assert.notEqual(claims.sub, 'dung.pq');
    assert.equal(claims.acr, 'urn:lienthong:nd69:1');
  });

  test('the claims of the other provider come through userinfo', async () => {
    const info = await oidc.fetchUserInfo(config, first.access_token, first.claims().sub);
    assert.equal(info.name, 'Phạm Quốc Dũng');
    assert.equal(info.birthdate, '1979-03-02');
  });

  test('a second login stays at the broker', async () => {
    const again = await login(person);
    assert.equal(again.claims().sub, first.claims().sub);
    assert.equal(upstreamTokens, 1);
  });

  test('prompt=login goes there again', async () => {
    const again = await login(person, { prompt: 'login' });
    assert.equal(again.claims().sub, first.claims().sub);
    assert.equal(upstreamTokens, 2);
  });

  test('the same account in another browser is the same person, another account is not', async () => {
    const same = await login(new Person({ number: 'dung.pq', provider: 'coquan' }));
    const other = await login(new Person({ number: 'binh.tt', provider: 'coquan' }));
    assert.equal(same.claims().sub, first.claims().sub);
    assert.notEqual(other.claims().sub, first.claims().sub);
  });
});

for (const [algorithm, kind] of [
  ['ES256', ['ec', { namedCurve: 'P-256' }]],
  ['RS256', ['rsa', { modulusLength: 2048 }]],
]) {
  test(`oidc-provider believes the broker by its key alone, with ${algorithm}`, async () => {
    const own = [];
    const after = (one) => own.push(one);
    try {
      const port = await freePort([0, 1, 2]);
      const issuer = `http://localhost:${port}`;
      const home = shared(after, client('ung-dung', { secret: SECRET, redirect: REDIRECT, providers: ['coquan'] }));
      const { privateKey } = generateKeyPairSync(...kind);
      writeFileSync(path.join(home, 'upstream.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const proof = 'client_auth = "private_key_jwt"\nprivate_key_file = "upstream.pem"\nrequire_iss = true';
      await startBroker(after, home, { issuer, port, upstream: `http://localhost:${port + 2}`, proof });
      const known = {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: algorithm,
        jwks: JSON.parse(await run(path.join(programs, 'broker'), ['--config', path.join(home, `broker-${port}.toml`), 'keys', 'provider', 'coquan'])),
      };
      await startUpstream(after, port + 2, issuer, undefined, known);
      const party = await relyingParty(issuer, 'ung-dung', oidc.ClientSecretBasic(SECRET));
      const { url, checks } = await asked(party, { redirect: REDIRECT });
      const person = new Person({ number: 'dung.pq', provider: 'coquan' });
      const tokens = await oidc.authorizationCodeGrant(party, await person.visit(url, REDIRECT), checks);
      assert.equal(tokens.claims().iss, issuer);
    } finally {
      for (const one of own.reverse()) await one();
    }
  });
}
