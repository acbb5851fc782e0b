//! Every page in both languages: as a snapshot, with hostile values, and without anything the policy forbids.

use std::collections::{BTreeMap, BTreeSet};

use types::{AccountLevel, AuthLevel};

use super::*;
use crate::claims::catalogue;

const TEMPLATES: [&str; 8] = [
    include_str!("../../templates/base.html"),
    include_str!("../../templates/reference.html"),
    include_str!("../../templates/choose_provider.html"),
    include_str!("../../templates/consent.html"),
    include_str!("../../templates/unmet.html"),
    include_str!("../../templates/error.html"),
    include_str!("../../templates/sign_out.html"),
    include_str!("../../templates/signed_out.html"),
];
const REFERENCE: &str = "7K3M-9QXA-2WTD";

fn pages() -> Pages {
    Pages::new(ProvinceName { vi: "tỉnh Đồng Nai".to_owned(), en: "Đồng Nai Province".to_owned() }).unwrap()
}

fn client<'a>() -> ClientView<'a> {
    ClientView {
        name: "Một cửa điện tử",
        legal_entity: "Sở Khoa học và Công nghệ tỉnh Đồng Nai",
        client_uri: Some("http://localhost:8410/"),
    }
}

/// Every claim a client can be registered for, and the level that each ID token states.
fn claims() -> impl Iterator<Item = &'static str> {
    catalogue::CLAIMS.into_iter().chain(["acr"])
}

fn chooser<'a>() -> ChooseProvider<'a> {
    ChooseProvider {
        client: client(),
        providers: vec![
            ProviderView { id: "vneid", name: "VNeID", hint: Some("Dành cho người dân và tổ chức") },
            ProviderView { id: "can-bo", name: "Tài khoản cán bộ", hint: None },
        ],
        login: "handle",
        action: "/choose",
        reference: REFERENCE,
    }
}

fn consent<'a>(kind: ConsentKind) -> ConsentPage<'a> {
    ConsentPage {
        client: client(),
        purpose: "Tiếp nhận và trả kết quả hồ sơ thủ tục hành chính",
        legal_basis: "Nghị định 118/2025/NĐ-CP, Điều 3",
        kind,
        claims: claims().map(|name| ClaimView { name, value: None }).collect(),
        person_name: Some("Nguyễn Văn An"),
        provider_name: "VNeID",
        login: "handle",
        reference: REFERENCE,
    }
}

fn unmet<'a>(needs: Unmet) -> UnmetPage<'a> {
    UnmetPage {
        client: client(),
        needs,
        return_url: "http://localhost:8410/cb?error=unmet_authentication_requirements&state=s",
        other_provider: Some(OtherProvider { action: "/choose", login: "handle" }),
        reference: REFERENCE,
    }
}

fn account_level() -> Unmet {
    Unmet::AccountLevel { needed: AccountLevel::TWO, has: Some(AccountLevel::ONE) }
}

fn error(kind: ErrorKind<'_>) -> ErrorPage<'_> {
    let way_on = Some(WayOn { url: "http://localhost:8410/", kind: WayOnKind::TryAgain });
    ErrorPage { kind, client: Some(client()), way_on, reference: REFERENCE }
}

fn sign_out<'a>() -> SignOutPage<'a> {
    SignOutPage {
        client: Some(client()),
        csrf: "token",
        hidden: vec![("post_logout_redirect_uri", "http://localhost:8410/"), ("state", "s")],
        person_name: Some("Nguyễn Văn An"),
        reference: REFERENCE,
    }
}

fn signed_out<'a>() -> SignedOutPage<'a> {
    SignedOutPage {
        client: Some(client()),
        way_on: Some(WayOn { url: "http://localhost:8410/", kind: WayOnKind::Back }),
        upstream_logout: Some(UpstreamLogout { provider_name: "VNeID", url: "http://localhost:8420/logout" }),
        reference: REFERENCE,
    }
}

/// Every page there is, by name.
fn every_page(pages: &Pages, locale: Locale) -> BTreeMap<String, String> {
    let strong = Unmet::AuthLevel { needed: AuthLevel::try_from(2).unwrap(), has: AuthLevel::ONE };
    let silent = Unmet::AuthLevel { needed: AuthLevel::ONE, has: AuthLevel::UNKNOWN };
    let local = Unmet::AccountLevel { needed: AccountLevel::ONE, has: None };
    let mut all = BTreeMap::from([
        ("choose_provider".to_owned(), pages.choose_provider(locale, &chooser())),
        ("information".to_owned(), pages.consent(locale, &consent(ConsentKind::Information))),
        ("consent".to_owned(), pages.consent(locale, &consent(ConsentKind::Consent))),
        ("unmet_account".to_owned(), pages.unmet(locale, &unmet(account_level()))),
        ("unmet_account_none".to_owned(), pages.unmet(locale, &unmet(local))),
        ("unmet_auth".to_owned(), pages.unmet(locale, &unmet(strong))),
        ("unmet_auth_none".to_owned(), pages.unmet(locale, &unmet(silent))),
        ("sign_out".to_owned(), pages.sign_out(locale, &sign_out())),
        ("signed_out".to_owned(), pages.signed_out(locale, &signed_out())),
    ]);
    for kind in ErrorKind::ALL {
        all.insert(format!("error_{}", kind.slug()), pages.error(locale, &error(kind)));
    }
    all
}

/// Key → the blanks in its text. The files are flat: a key at the start of a line, its text on that line.
fn keys(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let entries = source.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    entries
        .map(|line| {
            let (key, text) = line.split_once(" = ").unwrap_or_else(|| panic!("no text on one line: {line}"));
            assert!(!text.trim().is_empty(), "{key} is empty");
            let blanks = text.split("{ $").skip(1).map(|rest| rest.split_once(" }").unwrap().0).collect();
            (key, blanks)
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_blanks() {
    assert_eq!(keys(texts::VI), keys(texts::EN));
}

#[test]
fn every_key_that_a_template_names_exists() {
    let known = keys(texts::VI);
    for template in TEMPLATES {
        for call in ["t.get(\"", "t.fill(\""] {
            for rest in template.split(call).skip(1) {
                let key = rest.split_once('"').unwrap().0;
                assert!(known.contains_key(key), "{key}");
            }
        }
    }
}

#[test]
fn every_claim_that_can_be_released_has_words() {
    let known = keys(texts::VI);
    for claim in claims() {
        assert!(known.contains_key(format!("claim-{claim}").as_str()), "{claim}");
        assert!(known.contains_key(format!("claim-{claim}-about").as_str()), "{claim}");
    }
}

#[test]
fn no_page_shows_a_key_or_an_unfilled_blank() {
    let pages = pages();
    let known = keys(texts::VI);
    for locale in Locale::ALL {
        for (name, html) in every_page(&pages, locale) {
            assert!(!html.contains('{') && !html.contains('$'), "{name} {locale}");
            for key in known.keys().filter(|key| key.contains('-')) {
                assert!(!html.contains(&format!(">{key}<")), "{name} {locale} shows {key}");
            }
        }
    }
}

#[test]
fn every_page_says_its_language_and_its_reference_number() {
    let pages = pages();
    for locale in Locale::ALL {
        for (name, html) in every_page(&pages, locale) {
            assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{locale}\">")), "{name}");
            assert_eq!(html.matches(REFERENCE).count(), 1, "{name} {locale}");
            assert_eq!(html.matches("<h1>").count(), 1, "{name} {locale}");
            assert_eq!(html.matches("<main ").count(), 1, "{name} {locale}");
        }
    }
}

#[test]
fn no_page_needs_what_the_content_security_policy_forbids() {
    let pages = pages();
    for locale in Locale::ALL {
        for (name, html) in every_page(&pages, locale) {
            let lower = html.to_lowercase();
            for forbidden in ["<script", "style=", "<style", " onclick", " onload", "javascript:", "<iframe", "@import"]
            {
                assert!(!lower.contains(forbidden), "{name} {locale} has {forbidden}");
            }
            assert_eq!(lower.matches("<link rel=\"stylesheet\"").count(), 1, "{name}");
            assert!(html.contains(&format!("href=\"{}\"", stylesheet_path())), "{name}");
        }
    }
    assert!(!STYLESHEET.contains("@import") && !STYLESHEET.contains("url(\"http"), "the stylesheet fetches nothing");
}

#[test]
fn a_value_from_outside_is_never_markup() {
    const EVIL: &str = "\"'><script>alert(1)</script>{ $x }<b>";
    let evil = ClientView { name: EVIL, legal_entity: EVIL, client_uri: Some("javascript:alert(1)") };
    let pages = pages();
    for locale in Locale::ALL {
        let providers = vec![ProviderView { id: EVIL, name: EVIL, hint: Some(EVIL) }];
        let chooser = ChooseProvider { client: evil, providers, login: EVIL, action: EVIL, reference: EVIL };
        let mut consent = consent(ConsentKind::Consent);
        consent.client = evil;
        (consent.purpose, consent.legal_basis, consent.provider_name) = (EVIL, EVIL, EVIL);
        (consent.person_name, consent.login, consent.reference) = (Some(EVIL), EVIL, EVIL);
        consent.claims = vec![ClaimView { name: EVIL, value: Some(EVIL) }];
        let other_provider = Some(OtherProvider { action: EVIL, login: EVIL });
        let unmet =
            UnmetPage { client: evil, needs: account_level(), return_url: EVIL, other_provider, reference: EVIL };
        let way_on = Some(WayOn { url: "javascript:alert(1)", kind: WayOnKind::Back });
        let kind = ErrorKind::BadRequest { parameter: EVIL };
        let error = ErrorPage { kind, client: Some(evil), way_on, reference: EVIL };
        let sign_out = SignOutPage {
            client: Some(evil),
            csrf: EVIL,
            hidden: vec![(EVIL, EVIL)],
            person_name: Some(EVIL),
            reference: EVIL,
        };
        let upstream_logout = Some(UpstreamLogout { provider_name: EVIL, url: "https://idp.example/\"><script>" });
        let signed_out = SignedOutPage { client: Some(evil), way_on, upstream_logout, reference: EVIL };
        for html in [
            pages.choose_provider(locale, &chooser),
            pages.consent(locale, &consent),
            pages.unmet(locale, &unmet),
            pages.error(locale, &error),
            pages.sign_out(locale, &sign_out),
            pages.signed_out(locale, &signed_out),
        ] {
            assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("\"'>"), "{html}");
            assert!(!html.contains("javascript:"), "{html}");
        }
    }
}

#[test]
fn the_claims_stand_in_the_order_a_person_expects() {
    let mut page = consent(ConsentKind::Information);
    page.claims.reverse();
    let html = pages().consent(Locale::Vi, &page);
    assert!(html.find("Họ và tên") < html.find("Ngày sinh"));
    assert!(html.find("Ngày sinh") < html.find("Số định danh cá nhân"));
}

#[test]
fn a_claim_without_words_is_named_all_the_same() {
    let mut page = consent(ConsentKind::Information);
    page.claims = vec![ClaimView { name: "ethnic_origin", value: None }];
    assert!(pages().consent(Locale::Vi, &page).contains("ethnic_origin"));
}

#[test]
fn the_citizen_number_is_announced_and_its_absence_is_not() {
    let pages = pages();
    let mark = "class=\"mark\"";
    assert_eq!(pages.consent(Locale::Vi, &consent(ConsentKind::Consent)).matches(mark).count(), 1);
    let mut page = consent(ConsentKind::Consent);
    page.claims.retain(|claim| claim.name != "vn_citizen_id");
    assert!(!pages.consent(Locale::Vi, &page).contains(mark));
}

#[test]
fn an_error_page_without_a_way_on_leads_to_the_application_if_it_is_known() {
    let pages = pages();
    let page = ErrorPage { way_on: None, ..error(ErrorKind::LoginExpired) };
    assert!(pages.error(Locale::Vi, &page).contains("href=\"http://localhost:8410/\">Mở Một cửa điện tử</a>"));
    let page = ErrorPage { client: None, ..page };
    assert!(!pages.error(Locale::Vi, &page).contains("class=\"button\""));
}

#[test]
fn the_province_is_named_in_the_language_of_the_page() {
    let pages = pages();
    assert!(pages.sign_out(Locale::Vi, &sign_out()).contains("tỉnh Đồng Nai"));
    assert!(pages.sign_out(Locale::En, &sign_out()).contains("Đồng Nai Province"));
}

#[test]
fn the_stylesheet_has_an_address_of_its_content() {
    let path = stylesheet_path();
    assert!(path.starts_with("/assets/broker-") && path.ends_with(".css"), "{path}");
    assert_eq!(path.len(), "/assets/broker-0123456789abcdef.css".len());
}

/// The stylesheet's address changes with every touch of its looks, so a snapshot leaves it out.
fn snapshot(name: &str, html: &str) {
    insta::assert_snapshot!(name, html.replace(stylesheet_path(), "/assets/broker-[hash].css"));
}

#[test]
fn the_pages_are_as_they_were_looked_at() {
    let pages = pages();
    for (name, html) in every_page(&pages, Locale::Vi) {
        snapshot(&format!("{name}.vi"), &html);
    }
    let english = every_page(&pages, Locale::En);
    for name in ["choose_provider", "information", "consent", "unmet_account", "error_login-expired", "signed_out"] {
        snapshot(&format!("{name}.en"), &english[name]);
    }
}
