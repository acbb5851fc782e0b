//! Each published vector gets what the file says.

use std::{collections::BTreeSet, sync::Arc};

use clock::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::generate::{NOW, file};
use crate::{
    content_digest,
    http_signature::{
        Request, VerifyingKey,
        lgsp_v1::{Limits, request},
    },
};

const PUBLISHED: &str = include_str!("../../../../../../tests/fixtures/http-signature/negative.json");

fn published() -> Value {
    serde_json::from_str(PUBLISHED).unwrap()
}

#[test]
fn the_published_file_is_the_one_that_is_made() {
    let made = file();
    assert!(published() == made, "the file must be this:\n{}", serde_json::to_string_pretty(&made).unwrap());
}

/// A raw request, read without any leniency but the trimming of values.
pub fn parse(raw: &str) -> (Method, String, Option<String>, HeaderMap, Vec<u8>) {
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let start: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let (path, query) =
        start[1].split_once('?').map_or((start[1], None), |(path, query)| (path, Some(query.to_owned())));
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let value = HeaderValue::from_bytes(value.trim().as_bytes()).unwrap();
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    (start[0].parse().unwrap(), path.to_owned(), query, headers, body.into())
}

fn judge(file: &Value, raw: &str) -> Option<&'static str> {
    let (method, path, query, headers, body) = parse(raw);
    let authority = headers["host"].to_str().unwrap().to_owned();
    let request = Request {
        method: &method,
        scheme: "https",
        authority: &authority,
        path: &path,
        query: query.as_deref(),
        headers: &headers,
    };
    let key = |id: &str| {
        file["keys"].as_array().unwrap().iter().find_map(|entry| {
            let key = VerifyingKey::from_pem(entry["public"].as_str().unwrap()).unwrap();
            let named = entry["id"] == id || **key.thumbprint() == *id;
            (named && entry["valid"] == true && entry["subsystem"] == file["caller"]).then(|| Arc::new(key))
        })
    };
    let now = Timestamp::from_seconds(file["now"].as_i64().unwrap());
    match request::check(&request, now, Limits::default(), key) {
        Err(error) => Some(error.name()),
        Ok(checked) => {
            assert!(checked.until >= now);
            let wrong = content_digest::check(&headers, &body).err().map(|_| "digest");
            wrong.or_else(|| request::check_type(&headers).err().map(|error| error.name()))
        }
    }
}

#[test]
fn every_vector_gets_the_reason_it_states() {
    let file = published();
    assert_eq!(file["now"], NOW);
    let mut reasons = BTreeSet::new();
    for vector in file["vectors"].as_array().unwrap() {
        let expected = vector["reason"].as_str().filter(|reason| *reason != "replayed");
        let found = judge(&file, vector["request"].as_str().unwrap());
        assert_eq!(found, expected, "{}", vector["name"]);
        reasons.extend(expected.map(str::to_owned));
    }
    // Each reason the profile knows is provoked; `sign` is not about what was received.
    for reason in [
        "missing",
        "repeated-field",
        "missing-field",
        "malformed",
        "label",
        "tag",
        "parameters",
        "components",
        "algorithm",
        "unknown-key",
        "signature",
        "window",
        "stale",
        "future",
        "digest",
    ] {
        assert!(reasons.contains(reason), "{reason}");
    }
}

#[test]
fn no_vector_bears_another_name_twice() {
    let file = published();
    let vectors = file["vectors"].as_array().unwrap();
    let names: BTreeSet<_> = vectors.iter().map(|vector| vector["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), vectors.len());
    assert!(vectors.len() > 120);
}

/// Every single bit of what is covered matters.
#[test]
fn a_change_of_any_octet_of_a_covered_value_is_noticed() {
    let file = published();
    let accepted = file["vectors"][0]["request"].as_str().unwrap();
    let (method, path, _, headers, _) = parse(accepted);
    let key = Arc::new(VerifyingKey::from_pem(file["keys"][0]["public"].as_str().unwrap()).unwrap());
    let now = Timestamp::from_seconds(NOW);
    let check = |path: &str, headers: &HeaderMap| {
        let request =
            Request { method: &method, scheme: "https", authority: "localhost:8450", path, query: None, headers };
        request::check(&request, now, Limits::default(), |_| Some(Arc::clone(&key))).is_ok()
    };
    assert!(check(&path, &headers));
    for place in 0..path.len() {
        let mut changed = path.clone().into_bytes();
        changed[place] ^= 1;
        assert!(!check(std::str::from_utf8(&changed).unwrap(), &headers), "path {place}");
    }
    for name in headers.keys().filter(|name| name.as_str().starts_with("lgsp-") || *name == "content-digest") {
        let value = headers[name].as_bytes();
        for place in 0..value.len() {
            let mut changed = value.to_vec();
            changed[place] ^= 1;
            let mut headers = headers.clone();
            headers.insert(name.clone(), HeaderValue::from_bytes(&changed).unwrap());
            assert!(!check(&path, &headers), "{name} {place}");
        }
    }
}
