// oidc-provider from npm with its in-memory store: the peer that stands beside the broker in docs/performance.md.
// PORT and SECRET come from the environment; the module is found through NODE_MODULES.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(process.env.NODE_MODULES, 'x'));
const { Provider } = await import(require.resolve('oidc-provider'));
const port = Number(process.env.PORT);
const jwk = (await import('node:crypto')).generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });

const provider = new Provider(`http://localhost:${port}`, {
  clients: [
    {
      client_id: 'thu-nghiem',
      client_secret: process.env.SECRET,
      redirect_uris: ['http://127.0.0.1:7999/cb'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
      scope: 'openid profile offline_access',
      id_token_signed_response_alg: 'ES256',
      application_type: 'web',
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  jwks: { keys: [{ ...jwk, alg: 'ES256', use: 'sig', kid: 'k' }] },
  cookies: { keys: ['bench'] },
  claims: { openid: ['sub'], profile: ['name', 'birthdate'] },
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  // As the broker does: access tokens are JWTs, refresh tokens of a confidential client stay and are always given.
  issueRefreshToken: async () => true,
  rotateRefreshToken: false,
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 300, RefreshToken: 28800, Session: 28800, Interaction: 600, Grant: 28800, ClientCredentials: 600 },
  findAccount: async (ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: 'Nguyễn Văn An', birthdate: '1985-03-14' }),
  }),
  pkce: { required: () => true },
});
provider.listen(port, '127.0.0.1', () => process.stdout.write('ready\n'));
