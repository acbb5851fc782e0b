//! The VNeID adapter against the VNeID stand-in, over loopback, each as its own side of the dialect.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use std::{sync::Arc, time::Duration};

use adapter_vneid::{BirthDateFormat, Cipher, ClaimNames, Encryption, UserId, VneidProvider, VneidSettings};
use clock::{FixedClock, SystemEntropy, Timestamp};
use contract::{AccountType, Attempt, Callback, IdentityProvider, ProviderError, VerifiedIdentity};
use reqwest::{Client, Response, header};
use sandbox::{
    national::vneid::{RegisteredClient, RelyingPartyKey, VneidStandIn, router},
    people::{PASSWORD, PEOPLE},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use types::{AuthLevel, ProviderId};
use url::Url;

const AN: &str = "075085000001";
const CALLBACK: &str = "http://localhost:8400/callback/vneid";

/// A stand-in on a free port, a relying party that is registered there, and a browser that follows nothing by itself.
struct World {
    base: Url,
    key: RelyingPartyKey,
    clock: Arc<FixedClock>,
    browser: Client,
}

impl World {
    async fn new() -> Self {
        let key = RelyingPartyKey::generate().unwrap();
        let clock = Arc::new(FixedClock::at(Timestamp::from_seconds(1_795_219_200)));
        let config = VneidStandIn {
            clients: vec![RegisteredClient {
                client_id: "lien-thong".to_owned(),
                client_secret: "secret & more".to_owned().into(),
                name: "Cổng <b>thử</b>".to_owned(),
                redirect_uris: vec![Url::parse(CALLBACK).unwrap()],
                public_key: key.public_der().unwrap(),
            }],
            clock: Arc::clone(&clock) as Arc<dyn clock::Clock>,
            entropy: Arc::new(SystemEntropy::new()),
            code_lifetime: VneidStandIn::CODE_LIFETIME,
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router(config)).await });
        let policy = reqwest::redirect::Policy::none();
        let browser = Client::builder().no_proxy().tls_certs_only([]).redirect(policy).build().unwrap();
        Self { base, key, clock, browser }
    }

    fn url(&self, path: &str) -> Url {
        self.base.join(path).unwrap()
    }

    fn settings(&self) -> VneidSettings {
        VneidSettings {
            id: ProviderId::parse("vneid").unwrap(),
            issuer: self.base.to_string(),
            authorize_url: self.url("authorize"),
            token_url: self.url("token"),
            userinfo_url: self.url("userinfo"),
            logout_url: Some(self.url("logout")),
            logout_return_parameter: Some("post_logout_redirect_uri".to_owned()),
            client_id: "lien-thong".to_owned(),
            client_secret: "secret & more".to_owned().into(),
            scope: VneidSettings::DEFAULT_SCOPE.to_owned(),
            private_key: self.key.private_pem().unwrap().expose_secret().as_bytes().to_vec().into(),
            cipher: Cipher::AesEcb,
            encryption: Encryption::Required,
            user_id: UserId::CitizenNumber,
            claims: ClaimNames::default(),
            account_levels: VneidSettings::default_account_levels(),
            account_types: VneidSettings::default_account_types(),
            birth_date_formats: BirthDateFormat::ALL.to_vec(),
            asserted_level: AuthLevel::ONE,
            timeout: VneidSettings::DEFAULT_TIMEOUT,
            max_answer_bytes: VneidSettings::DEFAULT_MAX_ANSWER_BYTES,
        }
    }

    async fn behave(&self, behaviour: Value) {
        let answer = self.browser.post(self.url("_operator/behaviour")).json(&behaviour).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{behaviour}");
    }

    async fn submit(&self, fields: &[(&str, &str)]) -> Response {
        let login = provider(self.settings()).login_url(&attempt()).await.unwrap();
        let carried: Vec<(String, String)> = login.query_pairs().into_owned().collect();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(carried).extend_pairs(fields);
        let request = self.browser.post(self.url("authorize"));
        request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish())
            .send()
            .await
            .unwrap()
    }

    /// Types the number and the password; the raw query with which the browser is sent back.
    async fn log_in(&self, number: &str) -> String {
        let answer = self.submit(&[("so_dinh_danh", number), ("mat_khau", PASSWORD), ("hanh_dong", "dang_nhap")]).await;
        assert_eq!(answer.status(), 303);
        let location = answer.headers().get(header::LOCATION).unwrap().to_str().unwrap().to_owned();
        location.strip_prefix(CALLBACK).unwrap().strip_prefix('?').unwrap().to_owned()
    }

    async fn whole_login(&self, settings: VneidSettings) -> Result<VerifiedIdentity, ProviderError> {
        let query = self.log_in(AN).await;
        provider(settings).redeem(&attempt(), &Callback::new(&query)).await
    }
}

fn provider(settings: VneidSettings) -> VneidProvider {
    VneidProvider::new(settings, Arc::new(SystemEntropy::new())).unwrap()
}

fn attempt() -> Attempt {
    Attempt {
        state: "Zm9yIG9uZSBhdHRlbXB0IG9ubHk".to_owned(),
        nonce: "nonce".to_owned(),
        code_verifier: "verifier".to_owned(),
        redirect_uri: Url::parse(CALLBACK).unwrap(),
        ui_locales: Vec::new(),
        fresh: false,
    }
}

#[tokio::test]
async fn everybody_logs_in_under_either_cipher() {
    let world = World::new().await;
    for (name, cipher) in [("aes-ecb", Cipher::AesEcb), ("aes-cbc", Cipher::AesCbc)] {
        world.behave(json!({ "cipher": name })).await;
        let provider = provider(VneidSettings { cipher, ..world.settings() });
        for person in PEOPLE {
            let query = world.log_in(person.number).await;
            let found = provider.redeem(&attempt(), &Callback::new(&query)).await.unwrap();
            assert_eq!(found.subject, person.number);
            assert_eq!(found.citizen_id.unwrap().expose(), person.number);
            assert_eq!(found.profile.name.as_deref(), Some(person.name));
            assert_eq!(found.profile.birthdate.as_deref(), Some(person.birth_date));
            assert_eq!(found.account_level, Some(person.account_level));
            assert_eq!((found.account_type, found.asserted), (AccountType::Person, AuthLevel::ONE));
        }
    }
}

#[tokio::test]
async fn the_plus_of_base64_goes_out_unescaped_and_comes_in_whole() {
    let world = World::new().await;
    let provider = provider(world.settings());
    let mut with_plus = 0;
    while with_plus < 3 {
        let query = world.log_in(AN).await;
        assert!(!query.contains('%'), "{query}");
        with_plus += usize::from(query.contains('+'));
        provider.redeem(&attempt(), &Callback::new(&query)).await.unwrap();
    }
}

#[tokio::test]
async fn the_form_needs_no_script_and_says_what_it_is() {
    let world = World::new().await;
    let login = provider(world.settings()).login_url(&attempt()).await.unwrap();
    let page = world.browser.get(login).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers().get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    let html = page.text().await.unwrap();
    assert!(html.contains("Bản mô phỏng") && html.contains(r#"lang="vi""#) && !html.contains("<script"));
    assert!(html.contains(r#"for="so_dinh_danh""#) && html.contains(r#"for="mat_khau""#));
    assert!(html.contains("Cổng &#60;b&#62;thử"), "{html}");
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_with_what_was_typed() {
    let world = World::new().await;
    for (number, password) in [(AN, "654321"), (AN, ""), ("000000000000", PASSWORD), ("\"><script>", PASSWORD)] {
        let answer = world.submit(&[("so_dinh_danh", number), ("mat_khau", password)]).await;
        assert_eq!(answer.status(), 200);
        let html = answer.text().await.unwrap();
        assert!(html.contains(r#"role="alert""#) && html.contains(&attempt().state));
        assert!(!html.contains("<script") && !html.contains("654321"));
        assert!(number.contains('<') || html.contains(&format!(r#"value="{number}""#)));
    }
}

#[tokio::test]
async fn a_person_who_cancels_has_declined() {
    let world = World::new().await;
    let answer = world.submit(&[("hanh_dong", "huy"), ("so_dinh_danh", ""), ("mat_khau", "")]).await;
    assert_eq!(answer.status(), 303);
    let location = Url::parse(answer.headers().get(header::LOCATION).unwrap().to_str().unwrap()).unwrap();
    let outcome = provider(world.settings()).redeem(&attempt(), &Callback::new(location.query().unwrap())).await;
    assert_eq!(outcome.unwrap_err(), ProviderError::Declined);
}

#[tokio::test]
async fn nobody_is_redirected_to_an_address_that_is_not_registered() {
    let world = World::new().await;
    let good = provider(world.settings()).login_url(&attempt()).await.unwrap().to_string();
    for bad in [
        good.replace("8400", "8499"),
        good.replace("callback%2Fvneid", "callback%2Fvneid%2F"),
        good.replace("lien-thong", "lien-thon"),
        good.replace("response_type=code", "response_type=token"),
        format!("{good}&redirect_uri=http%3A%2F%2Fevil.example"),
    ] {
        let answer = world.browser.get(&bad).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{bad}");
        assert!(answer.headers().get(header::LOCATION).is_none());
    }
}

#[tokio::test]
async fn the_token_endpoint_takes_forms_only() {
    let world = World::new().await;
    let answer =
        world.browser.post(world.url("token")).json(&json!({ "grant_type": "authorization_code" })).send().await;
    assert_eq!(answer.unwrap().status(), 415);
}

#[tokio::test]
async fn a_code_is_traded_once_and_only_for_seconds() {
    let world = World::new().await;
    let provider = provider(world.settings());
    let spent = Callback::new(&world.log_in(AN).await);
    assert!(provider.redeem(&attempt(), &spent).await.is_ok());
    assert_eq!(provider.redeem(&attempt(), &spent).await.unwrap_err(), ProviderError::Message);

    let late = Callback::new(&world.log_in(AN).await);
    world.clock.advance(VneidStandIn::CODE_LIFETIME);
    assert_eq!(provider.redeem(&attempt(), &late).await.unwrap_err(), ProviderError::Message);
}

#[tokio::test]
async fn a_code_is_bound_to_its_key_and_its_address() {
    let world = World::new().await;
    let provider = provider(world.settings());
    let (one, other) = (world.log_in(AN).await, world.log_in(AN).await);
    let mixed =
        format!("{}&encrypt_key={}", part(&one, "code"), part(&other, "encrypt_key").split_once('=').unwrap().1);
    let mixed = Callback::new(&format!("state={}&{mixed}", attempt().state));
    assert_eq!(provider.redeem(&attempt(), &mixed).await.unwrap_err(), ProviderError::Message);

    let elsewhere = Attempt { redirect_uri: Url::parse("http://localhost:8400/callback/other").unwrap(), ..attempt() };
    assert_eq!(provider.redeem(&elsewhere, &Callback::new(&one)).await.unwrap_err(), ProviderError::Message);
}

fn part<'a>(query: &'a str, name: &str) -> &'a str {
    query.split('&').find(|pair| pair.split_once('=').is_some_and(|(key, _)| key == name)).unwrap()
}

#[tokio::test]
async fn wrong_credentials_are_ours_to_mend() {
    let world = World::new().await;
    let settings = VneidSettings { client_secret: "another".to_owned().into(), ..world.settings() };
    assert_eq!(world.whole_login(settings).await.unwrap_err(), ProviderError::Refused);
}

#[tokio::test]
async fn every_lie_is_refused_by_its_name() {
    let world = World::new().await;
    let message = ["wrong_plaintext", "garbage", "wrong_key", "plain", "oversize"];
    let mut lies: Vec<_> =
        ["token", "userinfo"].into_iter().flat_map(|at| message.map(|how| (at, how, ProviderError::Message))).collect();
    lies.extend(["wrong_plaintext", "garbage", "wrong_key"].map(|how| ("authorize", how, ProviderError::Message)));
    lies.push(("authorize", "plain", ProviderError::Response));
    lies.push(("authorize", "oversize", ProviderError::Response));
    lies.push(("token", "missing_claim", ProviderError::Message));
    lies.push(("userinfo", "missing_claim", ProviderError::Identity));
    lies.push(("userinfo", "malformed_number", ProviderError::Identity));
    for (at, how, expected) in lies {
        world.behave(json!({ "lie": { "at": at, "how": how } })).await;
        assert_eq!(world.whole_login(world.settings()).await.err(), Some(expected), "{how} at {at}");
    }
    world.behave(json!({})).await;
    assert!(world.whole_login(world.settings()).await.is_ok());
}

#[tokio::test]
async fn failures_and_delays_have_their_names() {
    let world = World::new().await;
    for (at, status, expected) in [
        ("token", 503, ProviderError::Unreachable),
        ("token", 401, ProviderError::Refused),
        ("token", 400, ProviderError::Message),
        ("userinfo", 500, ProviderError::Unreachable),
        ("userinfo", 403, ProviderError::Refused),
    ] {
        world.behave(json!({ "fail": { "at": at, "status": status } })).await;
        assert_eq!(world.whole_login(world.settings()).await.err(), Some(expected), "{status} at {at}");
    }
    world.behave(json!({ "delay_ms": 5000, "delay_at": ["userinfo"] })).await;
    let impatient = VneidSettings { timeout: Duration::from_millis(300), ..world.settings() };
    assert_eq!(world.whole_login(impatient).await.unwrap_err(), ProviderError::Timeout);

    world.behave(json!({ "fail": { "at": "authorize", "status": 502 } })).await;
    let login = provider(world.settings()).login_url(&attempt()).await.unwrap();
    assert_eq!(world.browser.get(login).send().await.unwrap().status(), 502);
}

#[tokio::test]
async fn a_rotated_key_ends_every_login_until_it_is_put_right() {
    let world = World::new().await;
    world.behave(json!({ "rotate_keys": true })).await;
    assert_eq!(world.whole_login(world.settings()).await.unwrap_err(), ProviderError::Message);
    let reset = world.browser.delete(world.url("_operator/behaviour")).send().await.unwrap();
    assert_eq!(reset.status(), 200);
    assert!(world.whole_login(world.settings()).await.is_ok());
}

#[tokio::test]
async fn a_provider_that_does_not_encrypt_is_taken_only_by_setting() {
    let world = World::new().await;
    world.behave(json!({ "encrypt": false })).await;
    assert_eq!(world.whole_login(world.settings()).await.unwrap_err(), ProviderError::Response);
    let lenient = VneidSettings { encryption: Encryption::Accepted, ..world.settings() };
    assert!(world.whole_login(lenient).await.is_ok());
}

#[tokio::test]
async fn the_operator_sees_what_is_in_force_and_mistakes_are_refused() {
    let world = World::new().await;
    world.behave(json!({ "delay_ms": 1, "lie": { "at": "token", "how": "garbage" } })).await;
    let shown: Value = world.browser.get(world.url("_operator/behaviour")).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown.pointer("/lie/how"), Some(&json!("garbage")));
    assert_eq!(shown.pointer("/encrypt"), Some(&json!(true)));
    for bad in [
        json!({ "delay": 1 }),
        json!({ "lie": { "at": "token", "how": "nicely" } }),
        json!({ "fail": { "at": "token", "status": 200 } }),
    ] {
        let answer = world.browser.post(world.url("_operator/behaviour")).json(&bad).send().await.unwrap();
        assert_eq!(answer.status(), 422, "{bad}");
    }
}

#[tokio::test]
async fn logout_leads_back_only_to_a_registered_party() {
    let world = World::new().await;
    let provider = provider(world.settings());
    for (back, is_linked) in [("http://localhost:8400/logout", true), ("http://localhost.evil.example/", false)] {
        let url = provider.logout_url(&Url::parse(back).unwrap()).unwrap();
        let html = world.browser.get(url).send().await.unwrap().text().await.unwrap();
        assert_eq!(html.contains(&format!(r#"href="{back}""#)), is_linked, "{html}");
    }
}
