// Controls that are wrong in one way each. A module that passes against one of them although the fault is its business
// would be a test that cannot fail; `faults.rs` says which modules must notice which fault.

import { interactionPolicy } from 'oidc-provider';

const { Check } = interactionPolicy;

/** Changes what the provider answers, after it has answered. */
const answers = (change) => ({
  before: (op) => op.use(async (ctx, next) => (await next(), change(ctx))),
});

/** Changes the address that an answer goes back to. */
const redirects = (change) =>
  answers((ctx) => {
    const to = ctx.response.get('location');
    if (!to?.startsWith('http://127.0.0.1:7999')) return;
    const url = new URL(to);
    change(url);
    ctx.set('location', url.href);
  });

/** Changes what the authorization endpoint is asked. */
const requests = (change) => ({
  before: (op) =>
    op.use((ctx, next) => {
      if (ctx.path === '/auth') {
        const query = { ...ctx.query };
        change(query);
        ctx.query = query;
      }
      return next();
    }),
});

/** Other reasons to ask a person to sign in. */
function asks(...checks) {
  const policy = interactionPolicy.base();
  const login = policy.get('login');
  for (const name of ['login_prompt', 'max_age']) login.checks.remove(name);
  for (const check of checks) login.checks.add(check);
  return { settings: { interactions: { policy } } };
}

const claims = () => ({ name: 5, email: 'x', email_verified: 'true', phone_number: 5, address: 'x' });

export const faults = {
  state_is_changed: redirects((url) => url.searchParams.set('state', 'x')),
  iss_is_left_out: redirects((url) => url.searchParams.delete('iss')),
  the_answer_is_in_the_fragment: redirects((url) => Object.assign(url, { hash: url.search.slice(1), search: '' })),
  token_answers_may_be_cached: answers((ctx) => ctx.path === '/token' && ctx.remove('cache-control')),
  refusals_have_another_status: answers((ctx) => {
    if (ctx.path === '/token' && ctx.status === 400) ctx.status = 401;
  }),
  bad_grants_give_tokens: answers((ctx) => {
    if (ctx.path !== '/token' || ctx.body?.error !== 'invalid_grant') return;
    ctx.status = 200;
    ctx.body = { access_token: 'abcdefghijklmnopqrstuvwxyz0123456789', token_type: 'Bearer' };
  }),
  userinfo_speaks_of_another: answers((ctx) => {
    if (ctx.path === '/me') ctx.body = { ...ctx.body, sub: 'other' };
  }),
  userinfo_takes_no_post: answers((ctx) => {
    if (ctx.path === '/me' && ctx.method === 'POST') Object.assign(ctx, { status: 405, body: '' });
  }),
  userinfo_gives_more_than_asked: answers((ctx) => {
    if (ctx.path === '/me') ctx.body = { ...ctx.body, picture: 'x' };
  }),
  claims_have_wrong_types: { settings: { claims } },
  discovery_has_an_unknown_member: answers((ctx) => {
    if (ctx.path.endsWith('/openid-configuration')) ctx.body = { ...ctx.body, x_thing: 1 };
  }),
  the_end_session_endpoint_is_secret: answers((ctx) => {
    if (ctx.path.endsWith('/openid-configuration')) ctx.body = { ...ctx.body, end_session_endpoint: undefined };
  }),
  id_tokens_are_es256: { client: { id_token_signed_response_alg: 'ES256' } },
  nobody_is_asked_again: asks(),
  everybody_is_asked_again: asks(new Check('again', 'sign in again', (ctx) => !ctx.oidc.result?.login)),
  the_claims_parameter_is_ignored: { settings: { features: { claimsParameter: { enabled: false } } } },
  any_redirect_uri_is_good: { before: (op) => (op.Client.prototype.redirectUriAllowed = () => true) },
  any_logout_address_is_good: { before: (op) => (op.Client.prototype.postLogoutRedirectUriAllowed = () => true) },
  codes_can_be_reused: { before: (op) => (op.AuthorizationCode.prototype.consume = async () => {}) },
  hints_are_believed: { before: (op) => (op.IdToken.validate = async () => {}) },
  request_objects_are_ignored: requests((query) => (delete query.request, delete query.request_uri)),
  response_type_is_optional: requests((query) => (query.response_type ??= 'code')),
  sessions_survive_the_logout: { before: (op) => (op.Session.prototype.destroy = async () => {}) },
  the_logout_needs_no_hint: {
    before: (op) =>
      op.use((ctx, next) => {
        const { id_token_hint: hint, post_logout_redirect_uri: to } = ctx.query;
        return ctx.path === '/session/end' && to && !hint ? ctx.redirect(to) : next();
      }),
  },
};
