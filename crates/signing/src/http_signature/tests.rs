//! The examples of RFC 9421: sections 2, 3.2, 4.3 and appendix B.

use aws_lc_rs::{
    hmac,
    signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    Algorithm, BaseError, Component, FieldError, Fields, Message, Request, Response, SigningKey, Unverified,
    VerifyingKey, base::write_value, pem, signature_base, structured,
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/fixtures/http-signature/rfc9421.json")).unwrap()
}

/// A message as text, taken apart.
struct Parsed {
    method: Method,
    path: String,
    query: Option<String>,
    status: StatusCode,
    headers: HeaderMap,
}

fn parse(text: &str) -> Parsed {
    let head = text.split_once("\n\n").map_or(text, |(head, _)| head);
    let mut lines = head.lines();
    let start: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let response = start[0].starts_with("HTTP/");
    let (path, query) = match start[1].split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (start[1], None),
    };
    Parsed {
        method: if response { Method::GET } else { start[0].parse().unwrap() },
        path: path.to_owned(),
        query: query.map(str::to_owned),
        status: if response { start[1].parse().unwrap() } else { StatusCode::OK },
        headers,
    }
}

impl Parsed {
    fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            scheme: "https",
            authority: self.headers.get("host").map_or("", |host| host.to_str().unwrap()),
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
        }
    }
}

fn verifies(keys: &Value, key: &str, base: &str, signature: &[u8]) -> bool {
    let key = &keys[key];
    let text = |name: &str| key[name].as_str().unwrap();
    match text("algorithm") {
        // These two are refused by us: the base is shown to be right by other means.
        "hmac-sha256" => {
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(text("secret")).unwrap());
            hmac::verify(&secret, base.as_bytes(), signature).is_ok()
        }
        "rsa-v1_5-sha256" => {
            let public = pem::read("RSA PUBLIC KEY", text("rsa_public")).unwrap();
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public[..]).verify(base.as_bytes(), signature).is_ok()
        }
        name => {
            let key = VerifyingKey::from_pem(text("public")).unwrap();
            assert_eq!(key.algorithm().name(), name);
            key.verify(base.as_bytes(), signature)
        }
    }
}

#[test]
fn the_vectors_of_the_specification_verify_and_those_that_must_not_do_not() {
    let file = vectors();
    let list = file["vectors"].as_array().unwrap();
    assert_eq!(list.len(), 20);
    for vector in list {
        let text = |name: &str| vector[name].as_str();
        let name = format!("{} {}", text("section").unwrap(), text("title").unwrap());
        let message = parse(text("message").unwrap());
        let request = text("request").map(parse);
        let target = if text("message").unwrap().starts_with("HTTP/") {
            let request = request.as_ref().map(Parsed::request);
            Message::Response(Response { status: message.status, headers: &message.headers, request })
        } else {
            Message::Request(message.request())
        };
        let fields = Fields::of(&message.headers).unwrap();
        let signature = fields.find(text("label").unwrap()).unwrap();
        let base = signature.base(&target).unwrap();
        if let Some(expected) = text("base") {
            assert_eq!(base, expected, "{name}");
        }
        let verified = verifies(&file["keys"], text("key").unwrap(), &base, signature.signature());
        assert_eq!(verified, vector["valid"].as_bool().unwrap(), "{name}");
    }
}

#[test]
fn ed25519_gives_the_signature_of_b_2_6() {
    let file = vectors();
    let vector = file["vectors"].as_array().unwrap().iter().find(|vector| vector["label"] == "sig-b26").unwrap();
    let seed = URL_SAFE_NO_PAD.decode(file["keys"]["test-key-ed25519"]["jwk_d"].as_str().unwrap()).unwrap();
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let key = SigningKey::from_pkcs8_der(&[&prefix[..], &seed].concat()).unwrap();
    assert_eq!(key.public().algorithm(), Algorithm::Ed25519);
    let signature = key.sign(vector["base"].as_str().unwrap().as_bytes()).unwrap();
    assert!(vector["message"].as_str().unwrap().contains(&STANDARD.encode(signature.as_ref())));
}

fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// The base line of one component identifier, as written in `Signature-Input`.
fn line(message: &Message<'_>, identifier: &str) -> Result<String, BaseError> {
    let text = format!("a=({identifier})");
    let members = structured::dictionary(&text).ok_or(BaseError::Component)?;
    let structured::Value::List(elements) = &members[0].value else { return Err(BaseError::Component) };
    let component = Component::from_element(&elements[0])?;
    let mut line = format!("{}: ", component.identifier());
    write_value(message, &component, &mut line)?;
    Ok(line)
}

fn request<'a>(method: &'a Method, path: &'a str, query: Option<&'a str>, headers: &'a HeaderMap) -> Message<'a> {
    Message::Request(Request { method, scheme: "https", authority: "www.example.com", path, query, headers })
}

#[test]
fn fields_are_written_as_in_section_2_1() {
    let headers = headers(&[
        ("host", "www.example.com"),
        ("x-ows-header", "   Leading and trailing whitespace.  "),
        ("cache-control", "max-age=60"),
        ("cache-control", "   must-revalidate"),
        ("example-dict", "a=1,    b=2;x=1;y=2,   c=(a   b    c), d"),
        ("x-empty-header", ""),
        ("example-header", "value, with, lots"),
        ("example-header", "of, commas"),
        ("obs-text", "é"),
    ]);
    let message = request(&Method::GET, "/", None, &headers);
    for expected in [
        r#""host": www.example.com"#,
        r#""x-ows-header": Leading and trailing whitespace."#,
        r#""cache-control": max-age=60, must-revalidate"#,
        r#""example-dict": a=1,    b=2;x=1;y=2,   c=(a   b    c), d"#,
        r#""x-empty-header": "#,
        r#""example-dict";sf: a=1, b=2;x=1;y=2, c=(a b c), d"#,
        r#""example-dict";key="a": 1"#,
        r#""example-dict";key="d": ?1"#,
        r#""example-dict";key="b": 2;x=1;y=2"#,
        r#""example-dict";key="c": (a b c)"#,
        r#""example-header": value, with, lots, of, commas"#,
        r#""example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"#,
        r#""obs-text";bs: :w6k=:"#,
    ] {
        let identifier = expected.split_once(": ").unwrap().0;
        assert_eq!(line(&message, identifier).as_deref(), Ok(expected));
    }
    for (identifier, error) in [
        (r#""missing""#, BaseError::Missing),
        (r#""Host""#, BaseError::Component),
        (r#""host";sf"#, BaseError::Component),
        (r#""host";key="a""#, BaseError::Component),
        (r#""host";req"#, BaseError::Component),
        (r#""host";tr"#, BaseError::Component),
        (r#""host";unknown"#, BaseError::Component),
        (r#""host";bs=1"#, BaseError::Component),
        (r#""host";name="a""#, BaseError::Component),
        (r#""example-dict";bs;sf"#, BaseError::Component),
        (r#""example-dict";bs;key="a""#, BaseError::Component),
        (r#""example-dict";key="z""#, BaseError::Missing),
        (r#""obs-text""#, BaseError::Value),
        ("host", BaseError::Component),
        (r#""@status""#, BaseError::Component),
        (r#""@unknown""#, BaseError::Component),
        (r#""@method";sf"#, BaseError::Component),
        (r#""@signature-params""#, BaseError::Component),
        (r#""@query-param""#, BaseError::Component),
    ] {
        assert_eq!(line(&message, identifier), Err(error), "{identifier}");
    }
}

#[test]
fn folded_lines_become_one_and_other_line_breaks_are_refused() {
    for (value, expected) in [
        (&b"Obsolete\r\n    line folding."[..], Ok("Obsolete line folding.")),
        (b" a \r\n\t b ", Ok("a b")),
        (b"a\tb", Ok("a\tb")),
        (b"a\r\nb: c", Err(BaseError::Value)),
        (b"a\nb", Err(BaseError::Value)),
        (b"a\0b", Err(BaseError::Value)),
        (b"\xff", Err(BaseError::Value)),
    ] {
        assert_eq!(super::base::unfolded(value).as_deref(), expected.as_ref().map(|text| *text), "{value:?}");
    }
}

#[test]
fn derived_components_are_written_as_in_section_2_2() {
    let headers = headers(&[]);
    let post = request(&Method::POST, "/path", Some("param=value"), &headers);
    let query = "param=value&foo=bar&baz=batman&qux=&twice=1&twice=2";
    let parameters = request(&Method::GET, "/path", Some(query), &headers);
    let encoded = "var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";
    let forms = request(&Method::GET, "/parameters", Some(encoded), &headers);
    let bare = request(&Method::GET, "", None, &headers);
    for (message, expected) in [
        (post, r#""@method": POST"#),
        (post, r#""@target-uri": https://www.example.com/path?param=value"#),
        (post, r#""@authority": www.example.com"#),
        (post, r#""@scheme": https"#),
        (post, r#""@request-target": /path?param=value"#),
        (post, r#""@path": /path"#),
        (post, r#""@query": ?param=value"#),
        (bare, r#""@path": /"#),
        (bare, r#""@query": ?"#),
        (bare, r#""@request-target": /"#),
        (parameters, r#""@query-param";name="baz": batman"#),
        (parameters, r#""@query-param";name="qux": "#),
        (parameters, r#""@query-param";name="param": value"#),
        (forms, r#""@query-param";name="var": this%20is%20a%20big%0Amultiline%20value"#),
        (forms, r#""@query-param";name="bar": with%20plus%20whitespace"#),
        (forms, r#""@query-param";name="fa%C3%A7ade%22%3A%20": something"#),
    ] {
        let identifier = expected.split_once(": ").unwrap().0;
        assert_eq!(line(&message, identifier).as_deref(), Ok(expected));
    }
    assert_eq!(line(&parameters, r#""@query-param";name="twice""#), Err(BaseError::Repeated));
    assert_eq!(line(&parameters, r#""@query-param";name="none""#), Err(BaseError::Missing));
    let path = request(&Method::GET, "/a%2Fb/%C3%A9", None, &headers);
    assert_eq!(line(&path, "\"@path\"").unwrap(), "\"@path\": /a%2Fb/%C3%A9");
    let line_break = request(&Method::GET, "/a\n\"@method\": POST", None, &headers);
    assert_eq!(line(&line_break, "\"@path\""), Err(BaseError::Value));
}

#[test]
fn the_authority_is_in_lower_case_and_without_the_default_port() {
    let headers = headers(&[]);
    for (scheme, authority, expected) in [
        ("https", "WWW.Example.COM:443", "www.example.com"),
        ("https", "www.example.com:80", "www.example.com:80"),
        ("http", "www.example.com:80", "www.example.com"),
        ("https", "localhost:8450", "localhost:8450"),
    ] {
        let method = Method::GET;
        let message =
            Message::Request(Request { method: &method, scheme, authority, path: "/", query: None, headers: &headers });
        assert_eq!(line(&message, "\"@authority\"").unwrap(), format!("\"@authority\": {expected}"));
    }
}

#[test]
fn a_component_is_covered_once_whatever_the_order_of_its_parameters() {
    let headers = headers(&[("signature", "a=:YQ==:")]);
    let message = Message::Response(Response {
        status: StatusCode::OK,
        headers: &headers,
        request: Some(Request {
            method: &Method::GET,
            scheme: "https",
            authority: "a",
            path: "/",
            query: None,
            headers: &headers,
        }),
    });
    let base = |input: &str| Unverified::find(input, "a=:YQ==:", "a").unwrap().base(&message);
    assert_eq!(base(r#"a=("@status" "@status")"#), Err(BaseError::Repeated));
    assert_eq!(base(r#"a=("signature";req;key="a" "signature";key="a";req)"#), Err(BaseError::Repeated));
    assert!(base(r#"a=("signature";req;key="a" "signature";key="a" "signature";req)"#).is_ok());
    let both = [Component::new("signature").of_request().member("a"), Component::new("@path").of_request()];
    let written = signature_base(&message, &both, "()").unwrap();
    assert_eq!(written, "\"signature\";req;key=\"a\": :YQ==:\n\"@path\";req: /\n\"@signature-params\": ()");
}

#[test]
fn the_two_fields_must_fit_each_other_and_repeat_nothing() {
    for (input, signature, error) in [
        ("a=()", "b=:YQ==:", FieldError::Label),
        ("a=(), b=()", "a=:YQ==:", FieldError::Label),
        ("b=()", "b=:YQ==:", FieldError::Label),
        ("a=(), a=()", "a=:YQ==:", FieldError::Malformed),
        ("a=()", "a=:YQ==:, a=:YQ==:", FieldError::Malformed),
        ("a=();created=1;created=2", "a=:YQ==:", FieldError::Malformed),
        ("a=(\"x\";sf;sf)", "a=:YQ==:", FieldError::Malformed),
        ("a=1", "a=:YQ==:", FieldError::Malformed),
        ("a=()", "a=\"YQ==\"", FieldError::Malformed),
        ("a=(", "a=:YQ==:", FieldError::Malformed),
        ("a=(\"x)", "a=:YQ==:", FieldError::Malformed),
        ("a=()", "a=:Y:", FieldError::Malformed),
    ] {
        assert_eq!(Unverified::find(input, signature, "a").unwrap_err(), error, "{input} {signature}");
    }
    assert_eq!(Fields::of(&headers(&[("signature", "a=:YQ==:")])).unwrap_err(), FieldError::Missing);
    let two = headers(&[("signature-input", "a=()"), ("signature-input", "b=()"), ("signature", "a=:YQ==:, b=:Yg==:")]);
    assert_eq!(Fields::of(&two).unwrap().find("b").unwrap().signature(), b"b");
}

#[test]
fn what_is_far_more_than_any_message_has_is_not_read() {
    let read = |input: &str, signature: &str| Unverified::find(input, signature, "a").map(|_| ());
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    let labels = |count| many(count, &|number| format!(", b{number}=()"));
    let signatures = |count| many(count, &|number| format!(", b{number}=:YQ==:"));
    let parameters = |count| many(count, &|number| format!(";p{number}"));
    let components = |count| many(count, &|number| format!(" \"c{number}\""));
    for (input, signature, fits) in [
        (format!("a=(){}", labels(15)), format!("a=:YQ==:{}", signatures(15)), true),
        (format!("a=(){}", labels(16)), format!("a=:YQ==:{}", signatures(16)), false),
        (format!("a=(){}", parameters(16)), "a=:YQ==:".to_owned(), true),
        (format!("a=(){}", parameters(17)), "a=:YQ==:".to_owned(), false),
        (format!("a=({})", components(64)), "a=:YQ==:".to_owned(), true),
        (format!("a=({})", components(65)), "a=:YQ==:".to_owned(), false),
        (format!("a=(\"x\"{})", parameters(17)), "a=:YQ==:".to_owned(), false),
    ] {
        let expected = if fits { Ok(()) } else { Err(FieldError::Malformed) };
        assert_eq!(read(&input, &signature), expected, "{input}");
    }
}

#[test]
fn the_parameters_are_signed_in_their_strict_form() {
    let text = "a=(  \"@method\"   \"x\";key=\"k\" );created=1;keyid=\"a\\\"b\";n=1.50;t=tok;b=?0;f;y=:YQ:";
    let found = Unverified::find(text, "a=:YQ==:", "a").unwrap();
    assert_eq!(
        found.signature_params(),
        r#"("@method" "x";key="k");created=1;keyid="a\"b";n=1.5;t=tok;b=?0;f;y=:YQ==:"#
    );
    assert_eq!(
        (found.integer("created"), found.string("keyid"), found.string("created")),
        (Some(1), Some("a\"b"), None)
    );
}

proptest! {
    /// Whatever comes, nothing fails but with an error; and what is read is written so that it reads the same again.
    #[test]
    fn any_text_is_read_or_refused(input in ".{0,200}", signature in ".{0,60}") {
        let _ = Unverified::find(&input, &signature, "a");
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(
        names in prop::collection::vec("[@a-z\\-]{1,12}", 0..6),
        keyid in "[ -~]{0,20}",
        created in -999_999_999_999_999i64..=999_999_999_999_999,
        spaces in " {0,3}",
    ) {
        let list: Vec<String> = names.iter().map(|name| format!("{spaces}\"{name}\"{spaces}")).collect();
        let keyid = keyid.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!("a=({});created={created};keyid=\"{keyid}\"", list.join(" "));
        let first = Unverified::find(&text, "a=:YQ==:", "a").unwrap().signature_params();
        let again = format!("a={first}");
        let second = Unverified::find(&again, "a=:YQ==:", "a").unwrap();
        prop_assert_eq!(second.signature_params(), first);
        prop_assert_eq!(second.integer("created"), Some(created));
    }

    #[test]
    fn any_path_and_header_gives_a_base_of_as_many_lines_as_it_has_components(
        path in ".{0,40}", value in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let mut map = HeaderMap::new();
        map.insert("x-any", value);
        let message = request(&Method::GET, &path, None, &map);
        if let Ok(base) = signature_base(&message, &[Component::new("@path"), Component::new("x-any")], "()") {
            prop_assert_eq!(base.split('\n').count(), 3);
            prop_assert!(base.is_ascii() && !base.contains('\r'));
        }
    }

    #[test]
    fn any_bytes_are_a_key_or_refused(der in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = VerifyingKey::from_spki_der(&der);
        let _ = SigningKey::from_pkcs8_der(&der);
    }
}
