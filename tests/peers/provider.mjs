// oidc-provider (npm), the certified OpenID provider of the JavaScript world: as upstream of the broker, and as the control
// against which the other peer tests can be tried.

import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

/** Consent was given elsewhere: every scope that a client may ask is granted. */
async function granted(ctx) {
  const { client, session, params, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope ?? 'openid');
  await grant.save();
  return grant;
}

/**
 * Starts a provider at `http://localhost:port`; anybody may log in, whatever the login page is told. `claims` says who that is,
 * `released` which scope brings which of these claims.
 */
export async function provider(port, { clients, claims = (id) => ({ name: id }), released = { profile: ['name', 'birthdate'] }, after, before, ...more }) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { privateKey: rsa } = await generateKeyPair('RS256', { extractable: true });
  const keys = [
    { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'ec' },
    { ...(await exportJWK(rsa)), alg: 'RS256', use: 'sig', kid: 'rsa' },
  ];
  const made = new Provider(`http://localhost:${port}`, {
    clients,
    jwks: { keys },
    cookies: { keys: ['only for tests'] },
    claims: released,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims(id) }) }),
    loadExistingGrant: granted,
    pkce: { required: () => true },
    ...more,
    features: {
      devInteractions: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      ...more.features,
    },
  });
  before?.(made);
  const server = made.listen(port, 'localhost');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  after?.(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return made;
}
