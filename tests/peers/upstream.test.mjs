// oidc-provider (npm) behind the broker's adapter `oidc`; the broker runs alone, as an operator would start it.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { answers, folder, freePort, programs, start } from './processes.mjs';
import { provider } from './provider.mjs';

const REDIRECT = 'http://127.0.0.1:7995/cb';
const SECRET = 'bi-mat-cua-ung-dung-chi-de-thu-nghiem-01';
const UPSTREAM_SECRET = 'bi-mat-cua-cong-dinh-danh-o-noi-khac-01';
const stops = [];
const stop = (one) => stops.push(one);
let upstream;
let broker;
let config;
let upstreamTokens = 0;

function settings(home, port) {
  return `
[server]
issuer = "http://localhost:${port}"
bind = "127.0.0.1:${port}"
operator_bind = "127.0.0.1:${port + 1}"
[storage]
kind = "sqlite"
path = "broker.db"
[keys]
root_key_file = "root.key"
[clients]
file = "clients.toml"
[province]
name_vi = "tỉnh thử nghiệm"
name_en = "test province"
home_uri = "http://localhost:${port}/"
[provider.coquan]
dialect = "oidc"
name_vi = "Cơ quan"
name_en = "Agency"
hint_vi = "Tài khoản cơ quan"
hint_en = "Agency account"
ceiling = 2
asserted_level = 1
issuer = "${upstream}"
client_id = "lien-thong"
client_secret_file = "upstream.secret"
allow_http = true
scopes = ["openid", "profile"]
[telemetry]
format = "text"
`;
}

/** Starts oidc-provider as the agency's identity provider. Counts the tokens it gives. */
async function startUpstream(port) {
  const clients = [
    {
      client_id: 'lien-thong',
      client_secret: UPSTREAM_SECRET,
      redirect_uris: [`${broker}/callback/coquan`],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
  ];
  const claims = () => ({ name: 'Phạm Quốc Dũng', birthdate: '1979-03-02' });
  const made = await provider(port, { clients, claims, after: stop });
  made.on('grant.success', () => (upstreamTokens += 1));
  made.on('server_error', (_, error) => console.error(error));
}

before(async () => {
  const port = await freePort([0, 1, 2]);
  broker = `http://localhost:${port}`;
  upstream = `http://localhost:${port + 2}`;
  const home = folder(stop);
  mkdirSync(path.join(home, 'run'));
  const write = (name, text) => writeFileSync(path.join(home, name), text, { mode: 0o600 });
  write('broker.toml', settings(home, port));
  write('root.key', randomBytes(32).toString('base64'));
  write('upstream.secret', UPSTREAM_SECRET);
  write('clients.toml', client('ung-dung', { secret: SECRET, redirect: REDIRECT, providers: ['coquan'] }));
  // Before its upstream exists: nothing is fetched at start.
  const ready = () => answers(`${broker}/.well-known/openid-configuration`);
  await start(path.join(programs, 'broker'), ['--config', path.join(home, 'broker.toml')], { ready, after: stop, cwd: path.join(home, 'run') });
  await startUpstream(port + 2);
  const options = { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] };
  config = await oidc.discovery(new URL(broker), 'ung-dung', undefined, oidc.ClientSecretBasic(SECRET), options);
});

after(async () => {
  for (const one of stops.reverse()) await one();
});

async function login(person, more = {}) {
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
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
