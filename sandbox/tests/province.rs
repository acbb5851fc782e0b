//! The province as a whole, met with the little browser: what its people see when things go well and when they do not.
#![expect(clippy::unwrap_used, reason = "the helpers of a test stop it as the test itself would")]

use std::time::Duration;

use sandbox::{
    Province, ProvinceOptions,
    browser::{Browser, Page},
    check,
    people::{AGENCY_OF_DUNG, OFFICER_DUNG, PASSWORD, PEOPLE, by_username},
    province::{Part, ProvinceError, StateError, settings_file::BUS_AUDIENCE},
};
use url::Url;

const AN: &str = "075085000001";
const CHAU: &str = "067209000003";

struct World {
    province: Province,
    folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let province = Province::start(ProvinceOptions::new(folder.path())).await.unwrap();
        Self { province, folder }
    }

    async fn open(&self, browser: &mut Browser, part: Part, path: &str) -> Page {
        browser.open(&self.province.addresses().at(part, path).parse().unwrap()).await.unwrap()
    }

    /// From an application's login to the page after the provider: information, refusal, or the application.
    async fn log_in(&self, browser: &mut Browser, part: Part, fields: [(&str, &str); 2], provider: &str) -> Page {
        let mut page = self.open(browser, part, "/login").await;
        if let Some(form) = page.forms().into_iter().find_map(|form| form.press("provider", provider)) {
            page = browser.submit(&page, &form).await.unwrap();
        }
        let mut form = page.form_with(fields[0].0).unwrap();
        for (name, value) in fields {
            form = form.with(name, value);
        }
        browser.submit(&page, &form).await.unwrap()
    }

    /// A login at the school up to the broker's answer, which is not delivered.
    async fn answer_for(&self, browser: &mut Browser, number: &str) -> Url {
        let page = self.log_in_with_vneid(browser, Part::TruongHoc, number).await;
        let form = page.form_with("decision").unwrap().press("decision", "approve").unwrap();
        let mut answer = browser.submit_once(&page, &form).await.unwrap();
        loop {
            let next = answer.location().unwrap().unwrap();
            if next.path() == "/callback" {
                return next;
            }
            answer = browser.open_once(&next).await.unwrap();
        }
    }

    /// A login at the vendors' client up to the claims of its access token.
    async fn try_the_bus(&self, provider: &str, who: &str) -> serde_json::Value {
        const CALLBACK: &str = "http://127.0.0.1:7999/cb";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = signing::Digest::of(verifier).base64url();
        let mut ask: Url = self.province.addresses().at(Part::Broker, "/authorize").parse().unwrap();
        ask.query_pairs_mut().extend_pairs([
            ("client_id", "thu-nghiem"),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid vn_identity lgsp"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let mut browser = Browser::new().unwrap();
        let chooser = browser.open(&ask).await.unwrap();
        let form = chooser.forms().into_iter().find_map(|form| form.press("provider", provider)).unwrap();
        let page = browser.submit(&chooser, &form).await.unwrap();
        let form = page.form_with("so_dinh_danh").unwrap().with("so_dinh_danh", who).with("mat_khau", PASSWORD);
        let page = browser.submit(&page, &form).await.unwrap();
        let form = page.form_with("decision").unwrap().press("decision", "approve").unwrap();
        let answer = browser.submit_once(&page, &form).await.unwrap().location().unwrap().unwrap();
        let code = answer.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let secret = std::fs::read_to_string(self.folder.path().join("secrets/thu-nghiem.secret")).unwrap();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
            ("client_id", "thu-nghiem"),
            ("client_secret", secret.trim()),
        ];
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(self.province.addresses().at(Part::Broker, "/token"));
        let body = form_urlencoded(&form);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let tokens: serde_json::Value =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        signing::jws::unverified_claims(tokens.get("access_token").and_then(|token| token.as_str()).unwrap()).unwrap()
    }

    async fn log_in_with_vneid(&self, browser: &mut Browser, part: Part, number: &str) -> Page {
        self.log_in(browser, part, [("so_dinh_danh", number), ("mat_khau", PASSWORD)], "vneid").await
    }
}

fn form_urlencoded(pairs: &[(&str, &str)]) -> String {
    let mut url: Url = "http://x/".parse().unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap().to_owned()
}

async fn agree(browser: &mut Browser, page: &Page) -> Page {
    let form = page.form_with("decision").unwrap().press("decision", "approve").unwrap();
    browser.submit(page, &form).await.unwrap()
}

#[tokio::test]
async fn a_whole_login_goes_through_as_check_walks_it() {
    let world = World::start().await;
    let mut steps = 0;
    check::walk(&world.province, |_| steps += 1).await.unwrap();
    assert_eq!(steps, 11);
    world.province.stop().await;
}

#[tokio::test]
async fn the_check_names_the_step_that_failed() {
    let mut world = World::start().await;
    world.province.stop_broker().await;
    let failed = check::walk(&world.province, |_| {}).await.unwrap_err();
    assert!(failed.step.contains("chooser") && failed.reason.contains("502"), "{failed}");
}

#[tokio::test]
async fn a_stand_in_that_was_told_to_fail_fails_the_login_and_recovers() {
    let world = World::start().await;
    let hook = world.province.addresses().behaviour(Part::Vneid).unwrap();
    let tell = async |body: &str| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.post(&hook).header("content-type", "application/json").body(body.to_owned());
        assert!(request.send().await.unwrap().status().is_success());
    };
    tell(r#"{"fail": {"at": "token", "status": 503}}"#).await;
    let mut browser = Browser::new().unwrap();
    let page = world.log_in_with_vneid(&mut browser, Part::TruongHoc, AN).await;
    assert!(!page.text().contains("Bảng tin của") && !page.forms().iter().any(|form| form.has("decision")));
    tell("{}").await;
    let page = world.log_in_with_vneid(&mut browser, Part::TruongHoc, AN).await;
    assert!(agree(&mut browser, &page).await.text().contains("Bảng tin của"));
}

#[tokio::test]
async fn an_officer_enters_case_handling_with_the_staff_account() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let staff = [("so_dinh_danh", "dung.pham"), ("mat_khau", PASSWORD)];
    let information = world.log_in(&mut browser, Part::MotCua, staff, "can-bo").await;
    let page = agree(&mut browser, &information).await;
    assert!(page.text().contains("Phạm Quốc Dũng"), "{}", page.text());
}

#[tokio::test]
async fn a_vendor_gets_a_token_for_the_bus_where_the_officer_logs_in_either_way_and_for_nobody_else() {
    let world = World::start().await;
    let dung = by_username("dung.pham").unwrap();
    for (provider, who, officer) in [
        ("can-bo", "dung.pham", true),
        ("vneid", dung.number, true),
        ("vneid", AN, false),
        ("can-bo", "binh.tran", false),
    ] {
        let token = world.try_the_bus(provider, who).await;
        let audience = serde_json::json!([world.province.addresses().origin(Part::Broker), BUS_AUDIENCE]);
        assert_eq!(token["aud"] == audience, officer, "{provider} {who}: {token}");
        assert_eq!(token["vn_officer"] == OFFICER_DUNG && token["vn_agency"] == AGENCY_OF_DUNG, officer, "{token}");
        assert_eq!(token["vn_account_level"] == 2, officer, "{token}");
    }
}

#[tokio::test]
async fn a_citizen_hands_in_a_case_and_sees_only_the_end_of_the_number() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let information = world.log_in_with_vneid(&mut browser, Part::MotCua, AN).await;
    let page = agree(&mut browser, &information).await;
    let form = page.form_with("thu_tuc").unwrap().with("thu_tuc", "1");
    let page = browser.submit(&page, &form).await.unwrap();
    let text = page.text();
    assert!(text.contains("Số 000.00.15.H19-0001"), "{text}");
    assert!(text.contains("••• ••• ••• 001") && text.contains("urn:lienthong:nd69:1"), "{text}");
    // The guide below lists every number, so what counts is the part above it.
    let own = page.body.split("class=\"guide\"").next().unwrap();
    assert!(!own.contains(AN), "the page shows the whole number");
}

#[tokio::test]
async fn a_form_without_the_proof_of_its_session_changes_nothing() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let information = world.log_in_with_vneid(&mut browser, Part::MotCua, AN).await;
    let page = agree(&mut browser, &information).await;
    let forged = page.form_with("thu_tuc").unwrap().with("csrf", "guessed");
    let refused = browser.submit(&page, &forged).await.unwrap();
    assert_eq!(refused.status, 403);
    let out = browser.submit(&page, &page.form_to("/logout").unwrap().with("csrf", "")).await.unwrap();
    assert_eq!(out.status, 403);
    let page = world.open(&mut browser, Part::MotCua, "/").await;
    assert!(page.text().contains("Bạn chưa nộp hồ sơ nào"), "{}", page.text());
}

#[tokio::test]
async fn a_pupil_of_level_one_learns_why_not_and_is_welcome_at_school() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let refused = world.log_in_with_vneid(&mut browser, Part::MotCua, CHAU).await;
    let text = refused.text();
    assert!(refused.forms().iter().all(|form| !form.has("decision")), "{text}");
    assert!(text.contains("mức độ 2") && !text.contains("Xin chào"), "{text}");
    let mut page = world.open(&mut browser, Part::TruongHoc, "/login").await;
    if page.forms().iter().any(|form| form.has("so_dinh_danh")) {
        let form = page.form_with("so_dinh_danh").unwrap().with("so_dinh_danh", CHAU).with("mat_khau", PASSWORD);
        page = browser.submit(&page, &form).await.unwrap();
    }
    let page = agree(&mut browser, &page).await;
    assert!(page.text().contains("Bảng tin của Lê Minh Châu"), "{}", page.text());
}

#[tokio::test]
async fn an_officer_enters_with_the_staff_account() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let staff = [("so_dinh_danh", "dung.pham"), ("mat_khau", PASSWORD)];
    let information = world.log_in(&mut browser, Part::Qlvb, staff, "can-bo").await;
    let page = agree(&mut browser, &information).await;
    let text = page.text();
    assert!(text.contains("Phạm Quốc Dũng") && text.contains("dung.pham@tinh.example"), "{text}");
}

#[tokio::test]
async fn a_citizen_without_a_post_sees_no_document() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let information = world.log_in_with_vneid(&mut browser, Part::Qlvb, AN).await;
    let page = agree(&mut browser, &information).await;
    let text = page.text();
    assert!(text.contains("Chưa có trong danh sách cán bộ") && !text.contains("SNV-CCVC"), "{text}");
    let session = page.form_to("/logout").unwrap();
    let mut forced = session.clone().with("van_ban", "0");
    forced.action.set_path("/xu-ly");
    browser.submit(&page, &forced).await.unwrap();
    let mut officer = Browser::new().unwrap();
    let staff = [("so_dinh_danh", "dung.pham"), ("mat_khau", PASSWORD)];
    let information = world.log_in(&mut officer, Part::Qlvb, staff, "can-bo").await;
    let page = agree(&mut officer, &information).await;
    assert!(!page.text().contains("Đã xử lý –"), "{}", page.text());
}

#[tokio::test]
async fn two_tabs_and_the_back_button_disturb_nobody() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let first = world.open(&mut browser, Part::TruongHoc, "/login").await;
    let second = world.open(&mut browser, Part::TruongHoc, "/login").await;
    let mut last = None;
    for tab in [&second, &first] {
        let form = tab.form_with("so_dinh_danh").unwrap().with("so_dinh_danh", AN).with("mat_khau", PASSWORD);
        let mut page = browser.submit(tab, &form).await.unwrap();
        if page.forms().iter().any(|form| form.has("decision")) {
            page = agree(&mut browser, &page).await;
        }
        assert!(page.text().contains("Bảng tin của"), "{}", page.text());
        last = page.way.iter().find(|url| url.path() == "/callback").cloned();
    }
    let again = browser.open(&last.unwrap()).await.unwrap();
    assert!(again.url.path() == "/" && again.text().contains("Bảng tin của"), "{}", again.text());
}

#[tokio::test]
async fn the_answer_of_another_browser_opens_nothing() {
    let world = World::start().await;
    let (mut owner, mut stranger) = (Browser::new().unwrap(), Browser::new().unwrap());
    let callback = world.answer_for(&mut owner, AN).await;
    world.open(&mut stranger, Part::TruongHoc, "/login").await;
    let refused = stranger.open(&callback).await.unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("không còn dùng được"), "{}", refused.text());
    let page = owner.open(&callback).await.unwrap();
    assert!(page.text().contains("Bảng tin của"), "{}", page.text());
}

#[tokio::test]
async fn an_answer_that_does_not_name_our_issuer_is_not_believed() {
    let world = World::start().await;
    // The information page comes once for each person, so each change is made to another person's answer.
    for (change, number) in [("other", AN), ("none", CHAU), ("twice", "075172000006")] {
        let mut browser = Browser::new().unwrap();
        let callback = world.answer_for(&mut browser, number).await;
        let kept: Vec<_> = callback.query_pairs().into_owned().filter(|(name, _)| name != "iss").collect();
        let mut forged = callback.clone();
        forged.query_pairs_mut().clear().extend_pairs(kept);
        let issuer = world.province.addresses().origin(Part::Broker);
        match change {
            "other" => drop(forged.query_pairs_mut().append_pair("iss", "https://other.example")),
            "twice" => drop(forged.query_pairs_mut().append_pair("iss", &issuer).append_pair("iss", &issuer)),
            _ => {}
        }
        let page = browser.open(&forged).await.unwrap();
        assert_eq!(page.status, 400, "{change}");
        assert!(page.text().contains("Không kiểm chứng được"), "{change}: {}", page.text());
        let page = world.open(&mut browser, Part::TruongHoc, "/").await;
        assert!(!page.text().contains("Bảng tin của"), "{change}");
    }
}

#[tokio::test]
async fn a_refusal_at_the_broker_and_a_forged_answer_get_a_page_with_a_way_on() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let information = world.log_in_with_vneid(&mut browser, Part::TruongHoc, AN).await;
    let form = information.form_with("decision").unwrap().press("decision", "deny").unwrap();
    let page = browser.submit(&information, &form).await.unwrap();
    assert_eq!(page.status, 403);
    assert!(page.text().contains("access_denied") && page.link("Đăng nhập lại").is_ok(), "{}", page.text());
    for forged in ["?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?state=a&state=b", "", "?%ff=%00"] {
        let page = world.open(&mut browser, Part::TruongHoc, &format!("/callback{forged}")).await;
        assert_eq!(page.status, 400, "{forged}");
        assert!(page.link("Đăng nhập lại").is_ok(), "{forged}");
    }
}

#[tokio::test]
async fn without_the_broker_an_application_says_so_and_stays_usable() {
    let mut world = World::start().await;
    world.province.stop_broker().await;
    let mut browser = Browser::new().unwrap();
    let page = world.open(&mut browser, Part::Qlvb, "/login").await;
    assert_eq!(page.status, 502);
    assert!(page.text().contains("Cổng đăng nhập chưa trả lời"), "{}", page.text());
    assert_eq!(world.open(&mut browser, Part::Qlvb, "/").await.status, 200);
}

#[tokio::test]
async fn no_page_of_an_application_may_run_scripts_or_be_framed() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    for part in [Part::MotCua, Part::Qlvb, Part::TruongHoc] {
        for path in ["/", "/da-dang-xuat", "/callback"] {
            let page = world.open(&mut browser, part, path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
            assert!(!page.body.contains("<script") && !page.body.contains("style="), "{path}");
        }
    }
}

#[tokio::test]
async fn more_clients_are_merged_in_and_a_faulty_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.toml");
    let start = async |text: &str| {
        std::fs::write(&file, text).unwrap();
        let state = folder.path().join("state");
        Province::start(ProvinceOptions { extra_clients: Some(file.clone()), ..ProvinceOptions::new(state) }).await
    };
    let registered = r#"
[[client]]
client_id = "them"
name = { vi = "Thêm", en = "One more" }
legal_entity = { code = "000.00.01.H19", vi = "Sở", en = "Department" }
purpose = { vi = "Thử", en = "Trial" }
legal_basis = "Thỏa thuận"
credentials = { method = "public" }
redirect_uris = ["http://localhost:7998/cb"]
grant_types = ["authorization_code"]
scopes = ["openid"]
providers = ["vneid"]
"#;
    let province = start(registered).await.unwrap();
    let address = province.addresses().at(
        Part::Broker,
        "/authorize?response_type=code&client_id=them&redirect_uri=http%3A%2F%2Flocalhost%3A7998%2Fcb&scope=openid&state=s\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    );
    let page = Browser::new().unwrap().open(&address.parse().unwrap()).await.unwrap();
    assert_eq!(page.url.port(), Some(province.addresses().port(Part::Vneid)));
    province.stop().await;
    let error = start("[[client]]\nclient_id = \"mot-cua\"\n").await.err().unwrap();
    let text = format!("{:#}", anyhow::Error::from(error));
    assert!(text.contains("clients.toml"), "{text}");
}

#[tokio::test]
async fn stopping_does_not_wait_for_browsers_that_rest() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    world.open(&mut browser, Part::MotCua, "/").await;
    tokio::time::timeout(Duration::from_secs(5), world.province.stop()).await.expect("it stops in time");
}

#[tokio::test]
async fn a_newcomer_reads_of_everybody_what_the_counter_asks_for_and_where_it_is() {
    let world = World::start().await;
    let mut browser = Browser::new().unwrap();
    let page = world.open(&mut browser, Part::MotCua, "/").await;
    for person in PEOPLE {
        for part in [person.number, person.name, &person.born()] {
            assert!(page.text().contains(part), "{part}");
        }
    }
    assert!(page.text().contains("/xac-minh"), "{}", page.text());
}

/// Every word of the README about the switches is one that the stand-ins know.
#[tokio::test]
async fn the_switches_of_the_stand_ins_take_what_the_readme_shows() {
    let readme = include_str!("../README.md");
    let world = World::start().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut shown = 0;
    for (port, part) in
        [("8420", Part::Vneid), ("8421", Part::Staff), ("8430", Part::Population), ("8431", Part::Register)]
    {
        let call = format!("curl http://localhost:{port}/_operator/behaviour --json '");
        for told in readme.lines().filter_map(|line| line.strip_prefix(&call)?.strip_suffix('\'')) {
            let told: serde_json::Value = serde_json::from_str(told).unwrap();
            let address = world.province.addresses().behaviour(part).unwrap();
            let answer = http.post(address).json(&told).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{part:?}: {told}");
            shown += 1;
        }
    }
    assert_eq!(shown, 7);
}

#[tokio::test]
async fn a_second_province_on_the_folder_of_a_running_one_writes_nothing() {
    let world = World::start().await;
    let files = || -> Vec<_> {
        let names = ["gateway.toml", "broker.toml", "pki/crl.pem", "registry/agencies.toml"];
        names.map(|name| std::fs::metadata(world.folder.path().join(name)).unwrap().modified().unwrap()).into()
    };
    let before = files();
    for fresh in [false, true] {
        let options = ProvinceOptions { fresh, ..ProvinceOptions::new(world.folder.path()) };
        let refused = Province::start(options).await.map(drop).unwrap_err();
        assert!(matches!(refused, ProvinceError::State(StateError::InUse(_))), "{refused:?}");
        assert!(refused.to_string().contains("--state"), "{refused}");
    }
    assert_eq!(files(), before);
    let World { province, folder } = world;
    province.stop().await;
    Province::start(ProvinceOptions::new(folder.path())).await.unwrap().stop().await;
}
