// The control: oidc-provider, a certified OpenID provider. Each module runs against it too, so that a wrong test shows.
// The first argument is the JSON list of clients; each further one is a port, or `port=fault` for a control that is wrong on
// purpose.

import { provider } from '../../peers/provider.mjs';
import { faults } from './faults.mjs';

/** The scope OpenID Connect Core §5.4 gives to each claim. */
const released = {
  openid: ['sub'],
  profile: ['name', 'family_name', 'given_name', 'birthdate', 'gender', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
};

/** Whatever is asked for, by scope or by name, was agreed to elsewhere. */
async function granted(ctx) {
  const { client, session, params, requestParamClaims } = ctx.oidc;
  const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope ?? 'openid');
  if (requestParamClaims.size) grant.addOIDCClaims([...requestParamClaims]);
  await grant.save();
  return grant;
}

/** Starts one control. */
function start(port, clients, { client, settings = {}, before } = {}) {
  return provider(port, {
    clients: clients.map((one) => ({ ...one, ...client })),
    released,
    claims: () => ({
      name: 'Nguyễn Văn An',
      family_name: 'Nguyễn',
      given_name: 'An',
      birthdate: '1985-03-14',
      gender: 'male',
      locale: 'vi',
      updated_at: 1_700_000_000,
      email: 'an@example.com',
      email_verified: true,
      phone_number: '+84912345678',
      phone_number_verified: false,
      address: { formatted: '1 Trần Phú' },
    }),
    loadExistingGrant: granted,
    // Requests by form are off unless cookies go with a form of another site.
    enableHttpPostMethods: true,
    cookies: { keys: ['only for tests'], long: { sameSite: 'none' } },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    // The modules wait at most for 31 s of a code's life.
    ttl: { AuthorizationCode: 60, AccessToken: 600, IdToken: 600, Session: 3600, Interaction: 600, Grant: 3600 },
    before,
    ...settings,
    features: { claimsParameter: { enabled: true }, ...settings.features },
  });
}

const [registered, ...places] = process.argv.slice(2);
const clients = JSON.parse(registered);
await Promise.all(
  places.map((place) => {
    const [port, fault] = place.split('=');
    if (fault && !faults[fault]) throw new Error(`no fault is called ${fault}`);
    return start(Number(port), clients, fault && faults[fault]);
  }),
);
process.stdout.write('ready\n');
// The parent's end is ours: it holds the other end of the standard input.
process.stdin.resume().on('end', () => process.exit(0));
