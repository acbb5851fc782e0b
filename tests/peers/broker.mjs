// The broker alone, as an operator would start it: from a settings file, with oidc-provider as its only upstream.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as oidc from 'openid-client';
import { answers, folder, newDatabase, programs, start } from './processes.mjs';
import { provider } from './provider.mjs';

const UPSTREAM_SECRET = 'bi-mat-cua-cong-dinh-danh-o-noi-khac-01';

/** The settings of one process. `storage` is the text of that section, `proof` of how the broker proves itself upstream. */
function settings({ issuer, port, upstream, storage, proof = 'client_secret_file = "upstream.secret"' }) {
  return `
[server]
issuer = "${issuer}"
bind = "127.0.0.1:${port}"
operator_bind = "127.0.0.1:${port + 1}"
drain_timeout = "5s"
[storage]
${storage}
[keys]
root_key_file = "root.key"
[clients]
file = "clients.toml"
[province]
name_vi = "tỉnh thử nghiệm"
name_en = "test province"
home_uri = "${issuer}/"
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
${proof}
allow_http = true
scopes = ["openid", "profile"]
[telemetry]
format = "text"
`;
}

export const SQLITE = 'kind = "sqlite"\npath = "broker.db"';

/** A new database and the files that name it and Redis below `home`, as the text of the section `storage`. */
export function cluster(home) {
  const { name, url } = newDatabase();
  writeFileSync(path.join(home, 'postgres-url'), url, { mode: 0o600 });
  writeFileSync(path.join(home, 'redis-url'), process.env.TEST_REDIS_URL, { mode: 0o600 });
  return `kind = "cluster"\npostgres_url_file = "postgres-url"\npostgres_connections = 8\nredis_url_file = "redis-url"\nredis_prefix = "${name}:"`;
}

/** A folder with the secrets and clients that every process of one broker shares. */
export function shared(after, clients) {
  const home = folder(after);
  const write = (name, text) => writeFileSync(path.join(home, name), text, { mode: 0o600 });
  write('root.key', randomBytes(32).toString('base64'));
  write('upstream.secret', UPSTREAM_SECRET);
  write('clients.toml', clients);
  mkdirSync(path.join(home, 'run'));
  return home;
}

/** Starts one process of the broker; gives what `processes.start` gives. */
export async function startBroker(after, home, { issuer, port, upstream, storage = SQLITE, proof }) {
  const file = path.join(home, `broker-${port}.toml`);
  writeFileSync(file, settings({ issuer, port, upstream, storage, proof }));
  const ready = () => answers(`http://localhost:${port}/.well-known/openid-configuration`);
  return start(path.join(programs, 'broker'), ['--config', file], { ready, after, cwd: path.join(home, 'run') });
}

/**
 * Starts oidc-provider as the agency's identity provider of `issuer`; `gaveTokens` is called each time it does. `proof` is how it
 * knows the broker.
 */
export async function startUpstream(after, port, issuer, gaveTokens = () => {}, proof = { client_secret: UPSTREAM_SECRET }) {
  const clients = [
    {
      client_id: 'lien-thong',
      ...proof,
      redirect_uris: [`${issuer}/callback/coquan`],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
  ];
  const claims = () => ({ name: 'Phạm Quốc Dũng', birthdate: '1979-03-02' });
  const made = await provider(port, { clients, claims, after });
  made.on('grant.success', gaveTokens);
  made.on('server_error', (_, error) => console.error(error));
}

/** openid-client for one registered client, with the signatures of ID tokens really verified. */
export async function relyingParty(issuer, id, proof) {
  return oidc.discovery(new URL(issuer), id, undefined, proof, { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] });
}

/** Where a login starts, and what its answer is checked against. */
export async function asked(config, { redirect, scope = 'openid profile offline_access', more = {} }) {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
  };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...more,
  });
  return { url, checks };
}
