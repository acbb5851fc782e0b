use crate::settings::{Document, Environment};
use secrecy::{ExposeSecret, SecretString};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// Writes `content` with these rights into a file beside `broker.toml`, and reads it through the settings.
fn read(content: &[u8], mode: u32) -> Result<SecretString, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.secret");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    let settings = folder.path().join("broker.toml");
    let document = Document::parse("secret_file = \"client.secret\"\n", &settings, "BROKER", &Environment::empty());
    let secret = document.root().secret_file("secret_file").required();
    document.finish(secret).map_err(|faults| faults.to_string())
}

#[test]
fn exactly_one_newline_is_taken_from_the_end() {
    for (content, expected) in [
        ("quiet-word", "quiet-word"),
        ("quiet-word\n", "quiet-word"),
        ("quiet-word\r\n", "quiet-word"),
        ("a\nb\n\n", "a\nb\n"),
    ] {
        assert_eq!(read(content.as_bytes(), 0o600).unwrap().expose_secret(), expected);
    }
}

#[test]
fn a_group_may_read_a_secret_but_not_everyone() {
    assert!(read(b"quiet-word", 0o640).is_ok());
    for mode in [0o604, 0o644, 0o602] {
        assert!(read(b"quiet-word", mode).unwrap_err().contains("may be read by everyone"));
    }
}

#[test]
fn an_empty_secret_is_a_fault() {
    for content in ["", "\n", "  \n"] {
        assert!(read(content.as_bytes(), 0o600).unwrap_err().ends_with("is empty"));
    }
}

#[test]
fn a_secret_that_is_too_large_or_no_text_is_a_fault_without_its_content() {
    assert!(read(&vec![b'x'; 65_537], 0o600).unwrap_err().contains("larger than 65536 bytes"));
    let message = read(b"canary\xff", 0o600).unwrap_err();
    assert!(message.contains("cannot be read") && !message.contains("canary"), "{message}");
}

#[test]
fn a_secret_file_that_is_missing_or_a_folder_is_a_fault_with_its_line() {
    for (path, why) in [("/nowhere/secret", "cannot be read"), ("/tmp", "is not a file")] {
        let text = format!("\nsecret_file = \"{path}\"\n");
        let document = Document::parse(&text, "broker.toml".as_ref(), "BROKER", &Environment::empty());
        let secret = document.root().secret_file("secret_file").required();
        let message = document.finish(secret).map(|_| ()).unwrap_err().to_string();
        assert!(message.starts_with("broker.toml:2: secret_file: ") && message.contains(why), "{message}");
    }
}

#[test]
fn settings_are_printed_with_their_place_and_without_secrets() {
    let text = "[client]\nid = \"mot-cua\"\nsecret = \"canary\"\nsecret_file = \"client.secret\"\n[store]\n\
                url = \"postgres://broker:canary@db/broker\"\nlist = [{ password = \"canary\" }]\n";
    let environment = Environment::empty().with("BROKER__CLIENT__API_TOKEN", "canary");
    let document = Document::parse(text, "broker.toml".as_ref(), "BROKER", &environment);
    assert_eq!(
        document.masked(),
        "client.api_token = ***  # BROKER__CLIENT__API_TOKEN\n\
         client.id = \"mot-cua\"  # broker.toml:2\n\
         client.secret = ***  # broker.toml:3\n\
         client.secret_file = \"client.secret\"  # broker.toml:4\n\
         store.list = [{ password = ***  # broker.toml:7 }]  # broker.toml:7\n\
         store.url = \"postgres://***@db/broker\"  # broker.toml:6\n"
    );
}
