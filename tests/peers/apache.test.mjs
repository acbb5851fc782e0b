// mod_auth_openidc (Debian), the certified relying party in front of countless web servers, against the broker.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { client } from './clients.mjs';
import { Person } from './person.mjs';
import { answers, folder, freePort, start } from './processes.mjs';
import { province } from './province.mjs';

const SECRET = 'bi-mat-cua-apache-chi-de-thu-nghiem-0001';
const stops = [];
const stop = (one) => stops.push(one);
let world;
let site;

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'headers', 'auth_openidc'];

/** A web server whose folder /protected only people of the province may enter. */
function configuration(home, port) {
  return `
ServerRoot ${home}
ServerName 127.0.0.1
PidFile ${home}/apache.pid
DefaultRuntimeDir ${home}
ErrorLog ${home}/error.log
LogLevel warn auth_openidc:info
Listen 127.0.0.1:${port}
User www-data
Group www-data
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
DirectoryIndex index.html
DocumentRoot ${home}/pages
<Directory ${home}/pages>
  Require all granted
</Directory>

OIDCProviderMetadataURL ${world.issuer}/.well-known/openid-configuration
OIDCClientID apache-thu
OIDCClientSecret ${SECRET}
OIDCRedirectURI ${site}/protected/redirect_uri
OIDCCryptoPassphrase only-for-tests
OIDCResponseType code
OIDCPKCEMethod S256
OIDCScope "openid profile offline_access"
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCIDTokenSignedResponseAlg ES256
OIDCRemoteUserClaim sub
OIDCPassIDTokenAs claims
<Location /protected>
  AuthType openid-connect
  Require valid-user
  Header set X-User "expr=%{REMOTE_USER}"
  Header set X-Name "expr=%{unescape:%{env:OIDC_CLAIM_name}}"
  Header set X-Issuer "expr=%{env:OIDC_CLAIM_iss}"
  Header set X-Token "expr=%{env:OIDC_access_token}"
</Location>
`;
}

before(async () => {
  const port = await freePort();
  site = `http://127.0.0.1:${port}`;
  const registered = client('apache-thu', { secret: SECRET, redirect: `${site}/protected/redirect_uri`, postLogout: [`${site}/`] });
  world = await province(stop, { clients: registered });
  const home = folder(stop);
  // The server's workers are another user when the tests run as root.
  chmodSync(home, 0o755);
  mkdirSync(path.join(home, 'pages/protected'), { recursive: true });
  writeFileSync(path.join(home, 'pages/index.html'), 'ai cũng xem được');
  writeFileSync(path.join(home, 'pages/protected/index.html'), 'chỉ người đã đăng nhập');
  writeFileSync(path.join(home, 'apache.conf'), configuration(home, port));
  await start('/usr/sbin/apache2', ['-f', path.join(home, 'apache.conf'), '-D', 'FOREGROUND'], { ready: () => answers(`${site}/`), after: stop });
});

after(async () => {
  for (const one of stops.reverse()) await one();
});

describe('mod_auth_openidc', () => {
  const person = new Person();
  let page;

  test('sends a stranger to the broker', async () => {
    const { status, headers } = await new Person().request(`${site}/protected/`);
    assert.equal(status, 302);
    const url = new URL(headers.location);
    assert.equal(url.origin, world.issuer);
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
  });

  test('lets a citizen in after the login with VNeID and verifies the ID token', async () => {
    page = await person.open(`${site}/protected/`);
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, /chỉ người đã đăng nhập/);
    assert.ok(page.headers['x-user'], 'no subject');
    assert.equal(page.headers['x-issuer'], world.issuer);
  });

  test('has the name from userinfo', () => {
    assert.equal(decodeURIComponent(Buffer.from(page.headers['x-name'], 'latin1').toString('utf8')), 'Nguyễn Văn An');
  });

  test('renews the access token with the refresh token', async () => {
    const before = page.headers['x-token'];
    assert.ok(before);
    const hook = new URL(`${site}/protected/redirect_uri`);
    hook.search = new URLSearchParams({ refresh: `${site}/protected/`, access_token: before }).toString();
    const renewed = await person.open(hook);
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal(renewed.headers['x-user'], page.headers['x-user']);
    assert.notEqual(renewed.headers['x-token'], before);
  });

  test('signs out at the broker too, and the next visit asks VNeID again', async () => {
    const left = await person.open(`${site}/protected/redirect_uri?logout=${encodeURIComponent(`${site}/`)}`);
    assert.equal(left.status, 200);
    assert.match(left.text, /ai cũng xem được/);
    const before = person.way.length;
    const again = await person.open(`${site}/protected/`);
    assert.equal(again.headers['x-user'], page.headers['x-user']);
    const way = person.way.slice(before);
    assert.ok(way.some((step) => step.startsWith(`POST ${world.vneid}`)), way.join(' → '));
  });
});
