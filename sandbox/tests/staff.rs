//! The staff identity provider stand-in, and `adapter-oidc` against it: a login as a browser goes it, and every lie.

#[cfg(test)]
#[path = "staff/support.rs"]
mod support;

#[cfg(test)]
mod tests {
    use contract::{IdentityProvider, ProviderError};
    use reqwest::StatusCode;
    use sandbox::national::staff::ACR_PASSWORD;
    use serde_json::json;
    use types::AuthLevel;

    use crate::support::{BINH, DUNG, NOW, World, attempt};

    #[tokio::test]
    async fn an_officer_signs_in_through_the_adapter() {
        let world = World::start().await;
        let identity = world.login(DUNG).await.unwrap();
        assert_eq!(identity.issuer, world.issuer);
        assert_eq!(identity.subject, "a4b1f1de-5c0f-4d0c-9d55-7f1f3a1c0004");
        assert_eq!(identity.auth_time.map(clock::Timestamp::seconds), Some(NOW));
        assert_eq!(identity.asserted, AuthLevel::ONE, "by the rule for {ACR_PASSWORD}");
        assert_eq!(identity.profile.name.as_deref(), Some("Phạm Quốc Dũng"));
        assert_eq!(identity.profile.email.as_deref(), Some("dung.pham@tinh.example"));
        assert_eq!(identity.profile.phone_number.as_deref(), Some("+84000000004"));
        assert_eq!(identity.profile.birthdate.as_deref(), Some("1979-06-28"));
        assert!(identity.citizen_id.is_none(), "not asked for");
    }

    #[tokio::test]
    async fn a_teacher_signs_in_by_user_name_and_states_a_number_when_asked() {
        let world = World::start().await;
        let mut settings = world.settings();
        settings.scopes.push("so_dinh_danh".to_owned());
        settings.claims.citizen_id = Some("so_dinh_danh".to_owned());
        let identity = world.login_with(&world.adapter(settings), &attempt(), "binh.tran").await.unwrap();
        assert_eq!(identity.citizen_id.unwrap().expose(), BINH);
    }

    #[tokio::test]
    async fn only_those_who_work_for_the_province_sign_in_and_only_with_their_password() {
        let world = World::start().await;
        let sent_to = world.adapter(world.settings()).login_url(&attempt()).await.unwrap();
        for (name, password) in [
            ("075085000001", "123456"),
            ("067209000003", "123456"),
            ("075172000006", "123456"),
            (DUNG, "1234567"),
            (DUNG, ""),
            ("", "123456"),
            ("nobody", "123456"),
        ] {
            let answer = world.submit(&sent_to, &[("so_dinh_danh", name), ("mat_khau", password)]).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{name} {password}");
            assert!(answer.text().await.unwrap().contains("role=\"alert\""));
        }
    }

    #[tokio::test]
    async fn whoever_turns_back_is_told_apart() {
        let world = World::start().await;
        let adapter = world.adapter(world.settings());
        let sent_to = adapter.login_url(&attempt()).await.unwrap();
        let back = world.submit(&sent_to, &[("tu_choi", "1")]).await;
        let answer = world.answer(&back);
        assert_eq!(adapter.redeem(&attempt(), &answer).await.map(|_| ()), Err(ProviderError::Declined));
    }

    #[tokio::test]
    async fn a_code_is_worth_something_once() {
        let world = World::start().await;
        let adapter = world.adapter(world.settings());
        let answer = world.sign_in(&adapter, &attempt(), DUNG).await;
        assert!(adapter.redeem(&attempt(), &answer).await.is_ok());
        assert_eq!(adapter.redeem(&attempt(), &answer).await.map(|_| ()), Err(ProviderError::Code));
    }

    #[tokio::test]
    async fn a_code_is_worth_nothing_with_another_verifier_or_after_a_minute() {
        let world = World::start().await;
        let adapter = world.adapter(world.settings());
        let answer = world.sign_in(&adapter, &attempt(), DUNG).await;
        let stolen = contract::Attempt { code_verifier: "x".repeat(43), ..attempt() };
        assert_eq!(adapter.redeem(&stolen, &answer).await.map(|_| ()), Err(ProviderError::Code));
        let answer = world.sign_in(&adapter, &attempt(), DUNG).await;
        world.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(adapter.redeem(&attempt(), &answer).await.map(|_| ()), Err(ProviderError::Code));
    }

    #[tokio::test]
    async fn a_wrong_secret_is_our_own_fault() {
        let world = World::start().await;
        let mut settings = world.settings();
        settings.client_auth = adapter_oidc::ClientAuth::SecretBasic("wrong".into());
        let outcome = world.login_with(&world.adapter(settings), &attempt(), DUNG).await;
        assert_eq!(outcome.map(|_| ()), Err(ProviderError::Refused));
    }

    #[tokio::test]
    async fn every_lie_is_seen_through_and_honesty_works_again() {
        let world = World::start().await;
        for (lie, expected) in [
            ("iss", ProviderError::Message),
            ("aud", ProviderError::Message),
            ("nonce", ProviderError::Message),
            ("sub", ProviderError::Message),
            ("at_hash", ProviderError::Message),
            ("expired", ProviderError::Message),
            ("alg_none", ProviderError::Message),
            ("signature", ProviderError::Message),
            ("callback_iss", ProviderError::Response),
        ] {
            world.behave(&json!({ "lie": lie })).await;
            assert_eq!(world.login(DUNG).await.map(|_| ()), Err(expected), "{lie}");
        }
        world.behave(&json!({ "lie": "discovery" })).await;
        let told = world.adapter(world.settings()).login_url(&attempt()).await;
        assert_eq!(told, Err(ProviderError::Message));
        world.behave_well().await;
        assert!(world.login(DUNG).await.is_ok());
    }

    #[tokio::test]
    async fn an_endpoint_that_fails_is_a_provider_that_is_down() {
        let world = World::start().await;
        for (endpoint, status, expected) in [
            ("token", 503, ProviderError::Unreachable),
            ("token", 403, ProviderError::Refused),
            ("userinfo", 500, ProviderError::Unreachable),
            ("jwks", 500, ProviderError::Keys),
        ] {
            world.behave(&json!({ "fail": { endpoint: status } })).await;
            assert_eq!(world.login(DUNG).await.map(|_| ()), Err(expected), "{endpoint} {status}");
        }
    }

    #[tokio::test]
    async fn a_provider_that_is_too_slow_is_left() {
        let world = World::start().await;
        world.behave(&json!({ "delay_ms": 120_000 })).await;
        let mut settings = world.settings();
        settings.limits.call_timeout = std::time::Duration::from_millis(200);
        assert_eq!(world.adapter(settings).login_url(&attempt()).await, Err(ProviderError::Timeout));
    }

    #[tokio::test]
    async fn new_keys_are_found_at_the_next_login() {
        let world = World::start().await;
        let adapter = world.adapter(world.settings());
        assert!(world.login_with(&adapter, &attempt(), DUNG).await.is_ok());
        world.behave(&json!({ "rotate_keys": true })).await;
        assert!(world.login_with(&adapter, &attempt(), DUNG).await.is_ok());
    }

    #[tokio::test]
    async fn an_order_that_makes_no_sense_is_refused() {
        let world = World::start().await;
        for order in [
            json!({ "lies": "iss" }),
            json!({ "lie": "everything" }),
            json!({ "fail": { "token": 200 } }),
            json!({ "fail": { "nowhere": 500 } }),
            json!({ "delay_ms": 120_001 }),
        ] {
            assert_eq!(world.order(&order).await, StatusCode::UNPROCESSABLE_ENTITY, "{order}");
        }
    }

    #[tokio::test]
    async fn nobody_is_sent_to_an_address_that_is_not_registered() {
        let world = World::start().await;
        let honest = world.adapter(world.settings()).login_url(&attempt()).await.unwrap();
        for (from, to) in [
            ("client_id=lien-thong", "client_id=la"),
            ("callback%2Fcan-bo", "callback%2Fcan-bo%2F"),
            ("callback%2Fcan-bo", "callback%2Fvneid"),
            ("client_id=lien-thong", "client_id=lien-thong&client_id=lien-thong"),
        ] {
            let asked = honest.as_str().replace(from, to);
            assert_ne!(asked, honest.as_str());
            assert_eq!(world.get(&asked).await.status(), StatusCode::BAD_REQUEST, "{to}");
        }
        for (from, to, error) in [
            ("code_challenge_method=S256", "code_challenge_method=plain", "invalid_request"),
            ("response_type=code", "response_type=token", "unsupported_response_type"),
            ("scope=openid", "scope=", "invalid_scope"),
            ("prompt=login", "prompt=none", "login_required"),
        ] {
            let answer = world.get(&honest.as_str().replace(from, to)).await;
            let location = answer.headers()["location"].to_str().unwrap().to_owned();
            assert!(location.contains(&format!("error={error}")) && location.contains("iss="), "{location}");
        }
    }

    #[tokio::test]
    async fn the_page_says_what_it_is_and_runs_no_script() {
        let world = World::start().await;
        let sent_to = world.adapter(world.settings()).login_url(&attempt()).await.unwrap();
        let page = world.get(sent_to.as_str()).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        let html = page.text().await.unwrap();
        for needed in [
            "lang=\"vi\"",
            "Bản mô phỏng",
            "name=\"so_dinh_danh\"",
            "name=\"mat_khau\"",
            "for=\"mat_khau\"",
            "method=\"post\"",
        ] {
            assert!(html.contains(needed), "{needed}");
        }
        assert!(!html.contains("<script"));
        let hostile = format!("{sent_to}&x=%22%3E%3Cscript%3E&y=\"><b>");
        assert!(!world.get(&hostile).await.text().await.unwrap().contains("\"><"));
    }

    #[tokio::test]
    async fn signing_out_leads_back_only_where_it_may() {
        let world = World::start().await;
        let adapter = world.adapter(world.settings());
        adapter.login_url(&attempt()).await.unwrap();
        let out = |to: &str| adapter.logout_url(&url::Url::parse(to).unwrap()).unwrap();
        let back = world.get(out("http://localhost:8400/signed-out").as_str()).await;
        assert_eq!(back.headers()["location"], "http://localhost:8400/signed-out");
        assert_eq!(world.get(out("https://evil.example/").as_str()).await.status(), StatusCode::BAD_REQUEST);
    }
}
