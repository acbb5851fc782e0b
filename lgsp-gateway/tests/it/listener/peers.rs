//! The same, asked by curl and openssl as they are on this machine.

use std::process::Output;

use tokio::process::Command;

use super::gate::Gate;

async fn run(gate: &Gate, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(gate.folder.path()).stdin(std::process::Stdio::null());
    command.output().await.unwrap()
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn curl(gate: &Gate, more: &[&str]) -> Output {
    let url = format!("https://localhost:{}/from-curl", gate.address.port());
    let resolve = format!("localhost:{}:127.0.0.1", gate.address.port());
    let mut arguments = vec!["-sS", "-i", "--max-time", "20", "--cacert", "ca.pem", "--resolve", &resolve];
    arguments.extend(more);
    arguments.push(&url);
    run(gate, "curl", &arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_gets_in_with_its_certificate_over_tls_1_2_and_1_3_and_sends_a_body() {
    let gate = Gate::open();
    gate.put_caller("mot-cua", &gate.caller("mot-cua"));
    for version in ["1.2", "1.3"] {
        let (least, most) = (format!("--tlsv{version}"), version);
        let more = ["--cert", "mot-cua.pem", "--key", "mot-cua.key", &least, "--tls-max", most, "-d", "a=1"];
        let output = curl(&gate, &more).await;
        let text = all(&output);
        assert!(output.status.success() && text.contains("HTTP/1.1 200"), "{version}: {text}");
        assert!(text.contains("POST localhost:") && text.contains(" held 3 "), "{text}");
    }
    // A body of unknown length, and one that asks first.
    std::fs::write(gate.path("large"), vec![b'x'; 3 << 20]).unwrap();
    let with = ["--cert", "mot-cua.pem", "--key", "mot-cua.key", "-T", "large"];
    assert!(all(&curl(&gate, &with).await).contains(" streamed 3145728 "));
    let chunked = [&with[..], &["-H", "transfer-encoding: chunked"]].concat();
    assert!(all(&curl(&gate, &chunked).await).contains(" streamed 3145728 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_does_not_get_in_without_a_certificate_or_over_plain_http() {
    let gate = Gate::open();
    let output = curl(&gate, &[]).await;
    assert!(!output.status.success() && output.stdout.is_empty(), "{}", all(&output));
    let plain = format!("http://127.0.0.1:{}/", gate.address.port());
    let output = run(&gate, "curl", &["-sS", "-i", "--http0.9", "--max-time", "20", &plain]).await;
    assert!(!String::from_utf8_lossy(&output.stdout).contains("HTTP/"), "{}", all(&output));
    assert!(gate.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_agrees_on_tls_1_2_and_1_3_and_on_nothing_older() {
    let gate = Gate::open();
    gate.put_caller("mot-cua", &gate.caller("mot-cua"));
    let address = gate.address.to_string();
    for (version, expected) in [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1", false), ("-tls1", false)] {
        let arguments = [
            "s_client",
            "-connect",
            &address,
            "-CAfile",
            "ca.pem",
            "-cert",
            "mot-cua.pem",
            "-key",
            "mot-cua.key",
            "-cipher",
            "ALL:@SECLEVEL=0",
            "-servername",
            "localhost",
            "-verify_return_error",
            "-brief",
            version,
        ];
        let output = run(&gate, "openssl", &arguments).await;
        let text = all(&output);
        assert_eq!(text.contains("CONNECTION ESTABLISHED"), expected, "{version}: {text}");
        if expected {
            assert!(text.contains("Verification: OK"), "{text}");
        } else {
            // It is our alert that ends it, and not a client that would not even try.
            assert!(text.contains("SSL alert number"), "{version}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weak_suites_and_renegotiation_are_not_to_be_had() {
    let gate = Gate::open();
    gate.put_caller("mot-cua", &gate.caller("mot-cua"));
    let address = gate.address.to_string();
    for suites in ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "DHE-RSA-AES128-GCM-SHA256"] {
        let suites = format!("{suites}:@SECLEVEL=0");
        let arguments = [
            "s_client",
            "-connect",
            &address,
            "-CAfile",
            "ca.pem",
            "-cert",
            "mot-cua.pem",
            "-key",
            "mot-cua.key",
            "-tls1_2",
            "-cipher",
            &suites,
            "-brief",
        ];
        let text = all(&run(&gate, "openssl", &arguments).await);
        assert!(text.contains("handshake failure"), "{suites}: {text}");
    }
}
