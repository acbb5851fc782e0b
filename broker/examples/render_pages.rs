//! Writes every page of the broker in both languages, with its stylesheet, to a folder, so that a person can look
//! at them: `cargo run -p broker --example render_pages FOLDER`.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use broker::pages::{
    ChooseProvider, ClaimView, ClientView, ConsentKind, ConsentPage, ErrorKind, ErrorPage, Locale, OtherProvider,
    Pages, ProviderView, ProvinceName, STYLESHEET, SignOutPage, SignedOutPage, Unmet, UnmetPage, UpstreamLogout, WayOn,
    WayOnKind, stylesheet_path,
};
use types::{AccountLevel, AuthLevel};

const REFERENCE: &str = "7K3M-9QXA-2WTD";
const HOME: &str = "http://localhost:8410/";
const CLIENT: ClientView<'static> = ClientView {
    name: "Một cửa điện tử",
    legal_entity: "Sở Khoa học và Công nghệ tỉnh Đồng Nai",
    client_uri: Some(HOME),
};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("name a folder to write to")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("broker.css"), STYLESHEET)?;
    let pages =
        Pages::new(ProvinceName { vi: "tỉnh Đồng Nai".to_owned(), en: "Đồng Nai Province".to_owned() })?;
    for locale in Locale::ALL {
        for (name, html) in every_page(&pages, locale) {
            let html = html.replace(stylesheet_path(), "broker.css");
            fs::write(folder.join(format!("{name}.{locale}.html")), html)?;
        }
    }
    Ok(())
}

fn every_page(pages: &Pages, locale: Locale) -> Vec<(String, String)> {
    let chooser = ChooseProvider {
        client: CLIENT,
        providers: vec![
            ProviderView { id: "vneid", name: "VNeID", hint: Some("Dành cho người dân và tổ chức") },
            ProviderView {
                id: "can-bo",
                name: "Tài khoản cán bộ",
                hint: Some("Dành cho cán bộ, công chức, viên chức"),
            },
        ],
        login: "handle",
        action: "/choose",
        reference: REFERENCE,
    };
    let sign_out = SignOutPage {
        client: Some(CLIENT),
        csrf: "token",
        hidden: vec![("state", "s")],
        person_name: Some("Nguyễn Văn An"),
        reference: REFERENCE,
    };
    let signed_out = SignedOutPage {
        client: Some(CLIENT),
        way_on: Some(WayOn { url: HOME, kind: WayOnKind::Back }),
        upstream_logout: Some(UpstreamLogout { provider_name: "VNeID", url: "http://localhost:8420/logout" }),
        reference: REFERENCE,
    };
    let account = Unmet::AccountLevel { needed: AccountLevel::TWO, has: Some(AccountLevel::ONE) };
    let auth = Unmet::AuthLevel { needed: AuthLevel::ONE, has: AuthLevel::UNKNOWN };
    let mut all = vec![
        ("choose_provider".to_owned(), pages.choose_provider(locale, &chooser)),
        ("information".to_owned(), pages.consent(locale, &consent(ConsentKind::Information))),
        ("consent".to_owned(), pages.consent(locale, &consent(ConsentKind::Consent))),
        ("unmet_account".to_owned(), pages.unmet(locale, &unmet(account))),
        ("unmet_auth".to_owned(), pages.unmet(locale, &unmet(auth))),
        ("sign_out".to_owned(), pages.sign_out(locale, &sign_out)),
        ("signed_out".to_owned(), pages.signed_out(locale, &signed_out)),
    ];
    for (number, kind) in ErrorKind::ALL.into_iter().enumerate() {
        let way_on = Some(WayOn { url: HOME, kind: WayOnKind::TryAgain });
        let page = ErrorPage { kind, client: Some(CLIENT), way_on, reference: REFERENCE };
        all.push((format!("error_{number:02}"), pages.error(locale, &page)));
    }
    all
}

fn consent(kind: ConsentKind) -> ConsentPage<'static> {
    let claims = match kind {
        ConsentKind::Information => vec!["name", "birthdate", "vn_citizen_id", "vn_account_level", "acr"],
        ConsentKind::Consent => vec!["name", "email", "phone_number"],
    };
    ConsentPage {
        client: CLIENT,
        purpose: "Tiếp nhận và trả kết quả hồ sơ thủ tục hành chính",
        legal_basis: "Nghị định 118/2025/NĐ-CP về thực hiện thủ tục hành chính theo cơ chế một cửa",
        kind,
        claims: claims.into_iter().map(|name| ClaimView { name, value: None }).collect(),
        person_name: Some("Nguyễn Văn An"),
        provider_name: "VNeID",
        login: "handle",
        reference: REFERENCE,
    }
}

fn unmet(needs: Unmet) -> UnmetPage<'static> {
    let other_provider = Some(OtherProvider { action: "/choose", login: "handle" });
    UnmetPage { client: CLIENT, needs, return_url: HOME, other_provider, reference: REFERENCE }
}
