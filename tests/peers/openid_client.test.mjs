// openid-client (npm), the certified relying party of the JavaScript world, against the broker.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import * as oidc from 'openid-client';
import { asked, relyingParty } from './broker.mjs';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { province } from './province.mjs';

const REDIRECT = 'http://127.0.0.1:7999/cb';
const stops = [];
let world;
let peerKey;

const discovered = (id, proof) => relyingParty(world.issuer, id, proof);

/** One whole login: gives the tokens, the person, and where the person arrived. */
async function login(config, { person = new Person(), redirect = REDIRECT, scope, more, change = (checks) => checks } = {}) {
  const { url, checks } = await asked(config, { redirect, scope, more });
  const arrived = await person.visit(url, redirect);
  return { tokens: await oidc.authorizationCodeGrant(config, arrived, change(checks)), arrived, person };
}

/** Asserts that the broker refuses with `code`. Where the answer carries a challenge too, the library leaves the body to us. */
async function refused(request, code) {
  const error = await request.then(() => assert.fail(`not refused; expected ${code}`), (reason) => reason);
  const named = error.error ?? (await error.response?.json())?.error;
  assert.equal(named, code, String(error.stack));
}

before(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  peerKey = { key: privateKey, kid: 'peer-1' };
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'peer-1', use: 'sig', alg: 'ES256' }] };
  const clients = client('ngang-hang', {
    jwks,
    redirect: 'http://127.0.0.1:7997/cb',
    postLogout: ['http://127.0.0.1:7997/bye'],
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  });
  world = await province((stop) => stops.push(stop), { clients });
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

for (const [name, proof] of [
  ['client_secret_basic', oidc.ClientSecretBasic],
  ['client_secret_post', oidc.ClientSecretPost],
]) {
  describe(`openid-client as thu-nghiem with ${name}`, () => {
    let config;
    let session;

    before(async () => {
      config = await discovered('thu-nghiem', proof(world.secret('thu-nghiem')));
    });

    test('discovery names the issuer, S256 and the iss parameter', () => {
      const metadata = config.serverMetadata();
      assert.equal(metadata.issuer, world.issuer);
      assert.ok(metadata.supportsPKCE('S256'));
      assert.equal(metadata.authorization_response_iss_parameter_supported, true);
      assert.deepEqual(metadata.response_types_supported, ['code']);
    });

    test('a citizen logs in with VNeID and the ID token verifies', async () => {
      session = await login(config);
      const claims = session.tokens.claims();
      assert.equal(claims.iss, world.issuer);
      assert.equal(session.arrived.searchParams.get('iss'), world.issuer);
      assert.match(claims.acr, /^urn:lienthong:nd69:[0-4]$/);
      assert.ok(session.tokens.refresh_token);
    });

    test('userinfo speaks of the same person', async () => {
      const { sub } = session.tokens.claims();
      const info = await oidc.fetchUserInfo(config, session.tokens.access_token, sub);
      assert.equal(info.name, 'Nguyễn Văn An');
    });

    test('the refresh token gives a new access token for the same person', async () => {
      const renewed = await oidc.refreshTokenGrant(config, session.tokens.refresh_token);
      assert.notEqual(renewed.access_token, session.tokens.access_token);
      const info = await oidc.fetchUserInfo(config, renewed.access_token, session.tokens.claims().sub);
      assert.equal(info.sub, session.tokens.claims().sub);
    });

    test('a second login of the same person needs no second VNeID login and keeps the subject', async () => {
      const before = session.person.way.length;
      const again = await login(config, { person: session.person });
      const way = session.person.way.slice(before);
      assert.ok(!way.some((step) => step.includes(world.vneid)), way.join(' → '));
      assert.equal(again.tokens.claims().sub, session.tokens.claims().sub);
    });

    test('the client has a token of its own by client credentials', async () => {
      const own = await oidc.clientCredentialsGrant(config);
      const answer = await oidc.tokenIntrospection(config, own.access_token);
      assert.equal(answer.active, true);
      assert.equal(answer.client_id, 'thu-nghiem');
    });

    test('a revoked token is active no more', async () => {
      const { tokens } = await login(config);
      assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, true);
      await oidc.tokenRevocation(config, tokens.access_token);
      assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false);
      await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck));
    });

    test('a revoked refresh token renews nothing', async () => {
      const { tokens } = await login(config);
      await oidc.tokenRevocation(config, tokens.refresh_token);
      await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
    });

    test('another code_verifier is refused', async () => {
      const other = (checks) => ({ ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() });
      await refused(login(config, { change: other }), 'invalid_grant');
    });

    test('after signing out the broker no longer knows the person', async () => {
      const { person, tokens } = await login(config);
      const silent = { person, more: { prompt: 'none' } };
      await login(config, silent);
      const page = await person.open(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }));
      assert.equal(page.status, 200);
      await refused(login(config, silent), 'login_required');
    });
  });
}

test('an officer logs in with the staff account and is another person to the application', async () => {
  const config = await discovered('thu-nghiem', oidc.ClientSecretBasic(world.secret('thu-nghiem')));
  const officer = await login(config, { person: new Person({ number: '075079000004', provider: 'can-bo' }) });
  const info = await oidc.fetchUserInfo(config, officer.tokens.access_token, officer.tokens.claims().sub);
  assert.equal(info.name, 'Phạm Quốc Dũng');
  const citizen = await login(config);
  assert.notEqual(citizen.tokens.claims().sub, officer.tokens.claims().sub);
});

test('openid-client with a wrong secret is refused as invalid_client', async () => {
  const config = await discovered('thu-nghiem', oidc.ClientSecretBasic('sai'));
  await refused(oidc.clientCredentialsGrant(config), 'invalid_client');
});

describe('openid-client with private_key_jwt', () => {
  const redirect = 'http://127.0.0.1:7997/cb';
  let config;
  let session;

  before(async () => {
    config = await discovered('ngang-hang', oidc.PrivateKeyJwt(peerKey));
  });

  test('a citizen logs in and the ID token verifies', async () => {
    session = await login(config, { redirect });
    assert.equal(session.tokens.claims().aud, 'ngang-hang');
  });

  test('refresh, client credentials and introspection accept fresh assertions', async () => {
    await oidc.refreshTokenGrant(config, session.tokens.refresh_token);
    const own = await oidc.clientCredentialsGrant(config);
    assert.equal((await oidc.tokenIntrospection(config, own.access_token)).active, true);
  });

  test('the subject is another than the one another legal body sees', async () => {
    const other = await login(await discovered('thu-nghiem', oidc.ClientSecretBasic(world.secret('thu-nghiem'))));
    assert.notEqual(other.tokens.claims().sub, session.tokens.claims().sub);
  });

  test('signing out leads back to the registered address with the state', async () => {
    const bye = 'http://127.0.0.1:7997/bye';
    const state = oidc.randomState();
    const url = oidc.buildEndSessionUrl(config, { id_token_hint: session.tokens.id_token, post_logout_redirect_uri: bye, state });
    const arrived = await session.person.visit(url, bye);
    assert.equal(arrived.searchParams.get('state'), state);
  });

  test('a key that is not registered is refused as invalid_client', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const stranger = await discovered('ngang-hang', oidc.PrivateKeyJwt({ key: privateKey, kid: 'peer-1' }));
    await refused(oidc.clientCredentialsGrant(stranger), 'invalid_client');
  });
});

describe('openid-client as the public native client cong-dan-so', () => {
  // Any port of the loopback: a phone or a desktop program takes whatever is free (RFC 8252 §7.3).
  const redirect = 'http://127.0.0.1:49321/cb';
  let config;

  before(async () => {
    config = await discovered('cong-dan-so', oidc.None());
  });

  test('a citizen logs in without a secret', async () => {
    const { tokens } = await login(config, { redirect });
    assert.equal(tokens.claims().aud, 'cong-dan-so');
  });

  test('each refresh token is good once; using one again ends the family', async () => {
    const { tokens } = await login(config, { redirect });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.ok(renewed.refresh_token);
    assert.notEqual(renewed.refresh_token, tokens.refresh_token);
    await refused(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant');
    await refused(oidc.refreshTokenGrant(config, renewed.refresh_token), 'invalid_grant');
  });

  test('who is signed in reads the page again each time, and silence gets it nothing (RFC 8252 §8.6)', async () => {
    const person = new Person();
    const ask = async (more) => {
      const { url } = await asked(config, { redirect, more });
      return person.visit(url, redirect);
    };
    assert.ok((await ask()).searchParams.get('code'));
    assert.equal((await ask({ prompt: 'none' })).searchParams.get('error'), 'consent_required');
    assert.ok((await ask()).searchParams.get('code'));
  });

  test('it has no token of its own', async () => {
    await refused(oidc.clientCredentialsGrant(config), 'unauthorized_client');
  });
});
