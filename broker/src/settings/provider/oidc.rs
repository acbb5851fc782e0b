//! `[provider.NAME]` of dialect `oidc`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use adapter_oidc::{Checks, ClaimMap, ClientAuth, Discovery, Endpoints, LevelRules, Limits, OidcSettings};
use boot::settings::Section;
use secrecy::{ExposeSecret, SecretString};
use signing::{Algorithm, SigningKey};
use types::{AuthLevel, ProviderId};

use super::{account_level, level, report, time, words};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
    Key,
}

const METHODS: [(&str, Method); 3] =
    [("client_secret_basic", Method::Basic), ("client_secret_post", Method::Post), ("private_key_jwt", Method::Key)];

pub(super) fn read(id: ProviderId, asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<OidcSettings> {
    let issuer = section.text("issuer").required();
    let client_id = section.text("client_id").required();
    let client_auth = client_auth(section);
    let discovery = discovery(section);
    let endpoints = endpoints(&section.section("endpoints"));
    let allow_http = section.flag("allow_http").or(false);
    let use_userinfo = section.flag("use_userinfo").or(true);
    let scopes = section.list_of_text("scopes").or(vec!["openid".to_owned(), "profile".to_owned()]);
    let algorithms = section.list_of("algorithms", algorithm).or(Algorithm::ALL.to_vec());
    let claims = claim_map(&section.section("claims"));
    let levels = levels(asserted, section);
    let (checks, limits) = (checks(section), limits(section));
    let settings = OidcSettings {
        id,
        issuer: issuer?,
        discovery: discovery?,
        endpoints: endpoints?,
        use_userinfo: use_userinfo?,
        allow_http: allow_http?,
        client_id: client_id?,
        client_auth: client_auth?,
        scopes: scopes?,
        algorithms: algorithms?,
        claims: claims?,
        levels: levels?,
        checks: checks?,
        limits: limits?,
    };
    report(section, settings.faults());
    Some(settings)
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(name)
        .ok_or_else(|| format!("must be one of {}", Algorithm::ALL.map(Algorithm::name).join(", ")))
}

/// A secret for the two methods that have one, a key for the third; the other of the two is a mistake.
fn client_auth(section: &Section<'_>) -> Option<ClientAuth> {
    let method = section.one_of("client_auth", &METHODS).or(Method::Basic)?;
    let (needed, other) = match method {
        Method::Key => ("private_key_file", "client_secret_file"),
        Method::Basic | Method::Post => ("client_secret_file", "private_key_file"),
    };
    if section.keys().iter().any(|key| key == other) {
        // Asked for, so that it is not reported as unknown too.
        let _named = section.path_to(other).optional();
        section.fault(other, "does not go with this client_auth");
    }
    let secret = section.secret_file(needed);
    if method == Method::Key {
        let key = |text: SecretString| {
            SigningKey::from_pem(text.expose_secret()).map_err(|_| "must be a P-256 or RSA private key, PKCS #8 in PEM")
        };
        return secret.parse(key).required().map(|key| ClientAuth::PrivateKeyJwt(Arc::new(key)));
    }
    let secret = secret.required()?;
    Some(if method == Method::Post { ClientAuth::SecretPost(secret) } else { ClientAuth::SecretBasic(secret) })
}

fn discovery(section: &Section<'_>) -> Option<Discovery> {
    let (used, at) = (section.flag("discovery").or(true), section.url("discovery_url").optional());
    Some(match (used?, at?) {
        (false, _) => Discovery::Off,
        (true, Some(url)) => Discovery::At(url),
        (true, None) => Discovery::FromIssuer,
    })
}

fn endpoints(section: &Section<'_>) -> Option<Endpoints> {
    let url = |key| section.url(key).optional();
    let (authorization, token, userinfo) = (url("authorization"), url("token"), url("userinfo"));
    let (jwks, end_session) = (url("jwks"), url("end_session"));
    Some(Endpoints {
        authorization: authorization?,
        token: token?,
        userinfo: userinfo?,
        jwks: jwks?,
        end_session: end_session?,
    })
}

fn claim_map(section: &Section<'_>) -> Option<ClaimMap> {
    let mut map = ClaimMap::default();
    map.name = section.text("name").or(map.name)?;
    map.birthdate = section.text("birthdate").or(map.birthdate)?;
    map.gender = section.text("gender").or(map.gender)?;
    map.email = section.text("email").or(map.email)?;
    map.email_verified = section.text("email_verified").or(map.email_verified)?;
    map.phone_number = section.text("phone_number").or(map.phone_number)?;
    map.address = section.text("address").or(map.address)?;
    map.citizen_id = section.text("citizen_id").optional()?;
    Some(map)
}

fn levels(asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<LevelRules> {
    let by_acr = words(&section.section("level_by_acr"), BTreeMap::new(), |section, acr| {
        level(section, acr, AuthLevel::UNKNOWN)
    });
    let account_by_value = words(&section.section("account_level_by_value"), BTreeMap::new(), |section, word| {
        account_level(section, word).required()
    });
    let account_claim = section.text("account_level_claim").optional();
    let asserted_account = account_level(section, "asserted_account_level").optional();
    if matches!((&account_claim, &asserted_account), (Some(Some(_)), Some(Some(_)))) {
        section
            .fault("asserted_account_level", "goes with no account_level_claim: the provider states the level itself");
    }
    Some(LevelRules {
        asserted: asserted?,
        by_acr: by_acr?,
        asserted_account: asserted_account?,
        account_claim: account_claim?,
        account_by_value: account_by_value?,
    })
}

fn checks(section: &Section<'_>) -> Option<Checks> {
    let default = Checks::default();
    let require_at_hash = section.flag("require_at_hash").or(default.require_at_hash);
    let require_iss = section.flag("require_iss").or(default.require_iss);
    let trusted_audiences = section.list_of_text("trusted_audiences").or(default.trusted_audiences);
    let clock_skew = time(section, "clock_skew", Duration::from_mins(10), default.clock_skew);
    let id_token_max_age = time(section, "id_token_max_age", Duration::from_hours(1), default.id_token_max_age);
    let proves_fresh_sign_in = section.flag("proves_fresh_sign_in").or(default.proves_fresh_sign_in);
    let longest = Duration::from_hours(1);
    let fresh_sign_in_max_age = time(section, "fresh_sign_in_max_age", longest, default.fresh_sign_in_max_age);
    Some(Checks {
        require_at_hash: require_at_hash?,
        require_iss: require_iss?,
        trusted_audiences: trusted_audiences?,
        clock_skew: clock_skew?,
        id_token_max_age: id_token_max_age?,
        proves_fresh_sign_in: proves_fresh_sign_in?,
        fresh_sign_in_max_age: fresh_sign_in_max_age?,
    })
}

fn limits(section: &Section<'_>) -> Option<Limits> {
    let default = Limits::default();
    let (minute, days) = (Duration::from_mins(1), Duration::from_hours(30 * 24));
    let wait = |key, default| section.duration(key).between(Duration::from_millis(100), minute).or(default);
    let connect_timeout = wait("connect_timeout", default.connect_timeout);
    let request_timeout = wait("request_timeout", default.request_timeout);
    let call_timeout = wait("timeout", default.call_timeout);
    let answer_bytes = section.byte_size("max_answer").between(1 << 10, 16 << 20).or(default.answer_bytes);
    let keys_max_age = time(section, "keys_max_age", days, default.keys_max_age);
    let keys_last_good = time(section, "keys_last_good", days, default.keys_last_good);
    let keys_refetch_pause = time(section, "keys_refetch_pause", Duration::from_hours(1), default.keys_refetch_pause);
    let failure_pause = time(section, "failure_pause", minute, default.failure_pause);
    Some(Limits {
        connect_timeout: connect_timeout?,
        request_timeout: request_timeout?,
        call_timeout: call_timeout?,
        answer_bytes: answer_bytes?,
        keys_max_age: keys_max_age?,
        keys_last_good: keys_last_good?,
        keys_refetch_pause: keys_refetch_pause?,
        failure_pause: failure_pause?,
    })
}
