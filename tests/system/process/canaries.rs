//! What is secret shows in no log line of the process, at the finest level an operator would set, and in no byte of its
//! store.

use super::{
    Server,
    login::{VERIFIER, client, parameter},
    server::SECRET,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cve_42_nothing_secret_is_in_the_log_or_in_the_clear_in_the_store() {
    let mut server = Server::start().await;
    let way = server.way();
    let person = way.log_in().await.expect("a login");
    let (status, tokens) = way.trade(&person.code).await.expect("tokens");
    assert_eq!(status, 200, "{tokens}");
    let access = tokens["access_token"].as_str().expect("a token");
    let info = client().get(way.issuer().join("/userinfo").expect("a URL")).bearer_auth(access).send().await;
    assert!(info.expect("an answer").text().await.expect("a body").contains("075085000001"), "the number was released");
    let mut secrets: Vec<String> = ["access_token", "refresh_token", "id_token"]
        .map(|name| tokens[name].as_str().expect("a token").to_owned())
        .into();
    secrets.extend(["code", "encrypt_key", "state"].iter().filter_map(|name| parameter(&person.callback, name)));
    assert_eq!(secrets.len(), 6, "the callback has its secrets: {}", person.callback.path());
    let jar = person.browser.cookies();
    secrets.extend(jar.names().filter_map(|name| jar.value(name)).map(str::to_owned));
    secrets.extend([person.code.clone(), SECRET.to_owned(), VERIFIER.to_owned()]);
    secrets.extend(["075085000001", "Nguyễn Văn An", "upstream-canary"].map(str::to_owned));
    secrets.extend(server.private_key.lines().filter(|line| line.len() == 64).map(str::to_owned));
    everywhere(&server, &secrets).await;
    server.terminate();
    server.ended().await;
    let (log, store) = (server.log(), String::from_utf8_lossy(&server.store_bytes()).into_owned());
    assert!(log.lines().count() > 50, "there is a log to look at");
    for secret in &secrets {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for text in [secret, &encoded] {
            assert!(!log.contains(text), "a log line holds {text}");
            // What an attempt is bound to waits in the store for minutes, under a key that only its own `state` gives.
            let of_the_attempt = parameter(&person.callback, "state").as_ref() == Some(secret);
            assert!(of_the_attempt || !store.contains(text), "the store holds {text}");
        }
    }
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

/// Sends each secret through every way in, where most of them are wrong.
async fn everywhere(server: &Server, secrets: &[String]) {
    let (issuer, client) = (server.issuer(), client());
    for secret in secrets {
        let value: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let query = format!("state={value}&code={value}&encrypt_key={value}&login={value}&client_id={value}");
        for path in ["authorize", "callback/vneid", "consent", "logout", "userinfo", "jwks", "nowhere"] {
            let answer = client.get(format!("{issuer}{path}?{query}")).header("accept", "text/html").send().await;
            assert!(!answer.expect("an answer").status().is_server_error(), "{path}");
        }
        let answer = client.get(format!("{issuer}callback/{value}?{query}")).send().await;
        assert!(answer.expect("an answer").status().is_client_error());
        let body =
            format!("{query}&client_secret={value}&token={value}&refresh_token={value}&grant_type=refresh_token");
        for path in ["token", "introspect", "revoke", "consent", "choose", "logout", "authorize", "userinfo"] {
            let request = client.post(format!("{issuer}{path}")).body(body.clone());
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            assert!(!request.send().await.expect("an answer").status().is_server_error(), "{path}");
        }
        let header = format!("Bearer {value}");
        for name in ["authorization", "cookie", "x-request-id", "traceparent", "user-agent"] {
            let request = client.get(format!("{issuer}userinfo")).header(name, &header);
            assert!(!request.send().await.expect("an answer").status().is_server_error(), "{name}");
        }
    }
}
