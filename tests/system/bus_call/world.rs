//! A province of its own for a test, with a department that calls and an officer behind it.

use std::sync::Arc;

use boot::settings::Environment;
use http::Method;
use sandbox::{
    Province, ProvinceOptions,
    browser::Browser,
    bus::{Answer, CallError, Caller, Message, Received, Refused},
    people::{PASSWORD, PEOPLE, Person},
    province::{Part, Storage},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// Yes or no about a citizen.
pub const XAC_THUC: &str = "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
/// The data of a citizen.
pub const TRA_CUU: &str = "VN/GOV/000.00.00.G01/dancu/TraCuuThongTinCongDan";
/// Household businesses.
pub const HO_KINH_DOANH: &str = "VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh";
/// Catalogues.
pub const DANH_MUC: &str = "VN/GOV/000.00.00.H19/danh-muc/DanhMuc";
/// What case handling asks for.
pub const PURPOSE: &str = "giai-quyet-tthc";
/// On which ground.
pub const LEGAL_BASIS: &str = "118/2025/ND-CP";
/// For which procedure.
pub const PROCEDURE: &str = "1.001612.000.00.00.H19";

/// A province, the case handling department in it, and an officer's token.
pub struct World {
    /// The province.
    pub province: Province,
    /// The case handling department.
    pub caller: Caller,
    /// What its officer acts with.
    pub officer: SecretString,
    folder: TempDir,
}

impl World {
    /// An embedded province, and an officer who has logged in at its broker.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A province on throw-away servers.
    pub async fn start_on_servers() -> Self {
        let storage = cluster_storage();
        Self::with(move |options| options.storage = storage).await
    }

    /// A province whose options a test changes.
    pub async fn with(change: impl FnOnce(&mut ProvinceOptions)) -> Self {
        let mut world = Self::without_officer(change).await;
        world.officer = world.log_in_as_officer().await;
        world
    }

    /// A province whose officers' tokens somebody else issues: the test.
    pub async fn with_issuer(issuer: &super::issuer::Issuer) -> Self {
        let environment = Environment::empty()
            .with("GATEWAY__OFFICERS__ISSUER", &*issuer.name)
            .with("GATEWAY__OFFICERS__JWKS_URI", format!("{}/jwks", issuer.name));
        let mut world = Self::without_officer(|options| options.environment = environment).await;
        world.officer = SecretString::from(issuer.token(&json!({})));
        world
    }

    async fn without_officer(change: impl FnOnce(&mut ProvinceOptions)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = ProvinceOptions::new(folder.path());
        change(&mut options);
        let province = Province::start(options).await.expect("a province");
        let caller = province.caller("mot-cua").expect("a caller");
        Self { province, caller, officer: SecretString::default(), folder }
    }

    /// The folder of the province.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Asks whether this person exists, as the department with its officer.
    pub fn question(&self, person: &Person) -> Question {
        Question {
            service: XAC_THUC,
            body: of(person),
            purpose: PURPOSE,
            legal_basis: LEGAL_BASIS,
            procedure: Some(PROCEDURE),
            officer: Some(self.officer.expose_secret().to_owned()),
        }
    }

    /// Sends a question.
    pub async fn ask(&self, question: &Question) -> Result<Answer, CallError> {
        let officer = question.officer.clone().map(SecretString::from);
        self.caller.call(&question.message(officer.as_ref())).await
    }

    /// Sends a question that must be answered.
    pub async fn answered(&self, question: &Question) -> Value {
        let answer = self.ask(question).await.expect("an answer");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// Sends a question that must be refused, with a signed refusal.
    pub async fn refused(&self, question: &Question) -> Refused {
        refused(self.ask(question).await)
    }

    /// Sends a call in X-Road's form as the department.
    pub async fn plain(&self, path: &str) -> Received {
        self.caller.send_plain(Method::GET, path, None).await.expect("an answer")
    }

    /// A second gateway with the same settings but for its ports, and the department's caller that is led to it.
    pub async fn second_gateway(&self) -> Second {
        let mut settings = self.province.gateway_settings().expect("settings");
        let free = "127.0.0.1:0".parse().expect("an address");
        (settings.server.bind, settings.server.operator_bind) = (free, free);
        let running = lgsp_gateway::start(settings).await.expect("a second gateway");
        let origin = format!("https://localhost:{}", running.address().port());
        let caller = self.province.caller("mot-cua").expect("a caller").by_way_of(&origin).expect("an address");
        Second { running, caller }
    }

    /// Tells a stand-in how to behave.
    pub async fn tell(&self, part: Part, behavior: &Value) {
        let address = self.province.addresses().behaviour(part).expect("a stand-in");
        let request = http().post(address).header("content-type", "application/json").body(behavior.to_string());
        let answer = request.send().await.expect("the stand-in listens");
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn log_in_as_officer(&self) -> SecretString {
        const CALLBACK: &str = "http://127.0.0.1:7999/cb";
        const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = signing::Digest::of(VERIFIER).base64url();
        let broker = |path| -> Url { self.province.addresses().at(Part::Broker, path).parse().expect("a URL") };
        let mut ask = broker("/authorize");
        ask.query_pairs_mut().extend_pairs([
            ("client_id", "thu-nghiem"),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid lgsp"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let mut browser = Browser::new().expect("a browser");
        let chooser = browser.open(&ask).await.expect("the chooser");
        let form =
            chooser.forms().into_iter().find_map(|form| form.press("provider", "can-bo")).expect("staff accounts");
        let page = browser.submit(&chooser, &form).await.expect("the staff form");
        let form = page.form_with("so_dinh_danh").expect("a form");
        let form = form.with("so_dinh_danh", "dung.pham").with("mat_khau", PASSWORD);
        let page = browser.submit(&page, &form).await.expect("the information page");
        let form = page.form_with("decision").expect("a form").press("decision", "approve").expect("a button");
        let answer = browser.submit_once(&page, &form).await.expect("a redirect");
        let back = answer.location().expect("an address").expect("a redirect");
        let code = back.query_pairs().find(|(name, _)| name == "code").expect("a code").1.into_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", "thu-nghiem"),
            ("client_secret", self.province.secrets().thu_nghiem.expose_secret()),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = http().post(broker("/token")).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.expect("an answer").bytes().await.expect("an answer");
        let tokens: Value = serde_json::from_slice(&answer).expect("JSON");
        SecretString::from(tokens["access_token"].as_str().expect("a token"))
    }
}

/// A second gateway on the same stores.
pub struct Second {
    /// It.
    pub running: lgsp_gateway::Running,
    /// The case handling department, led to it.
    pub caller: Caller,
}

/// A question to the population database, to be changed by a test.
#[derive(Clone)]
pub struct Question {
    /// The service.
    pub service: &'static str,
    /// The body.
    pub body: Value,
    /// The purpose.
    pub purpose: &'static str,
    /// The legal basis.
    pub legal_basis: &'static str,
    /// The procedure.
    pub procedure: Option<&'static str>,
    /// The officer's token.
    pub officer: Option<String>,
}

impl Question {
    /// As a message.
    pub fn message<'a>(&'a self, officer: Option<&'a SecretString>) -> Message<'a> {
        let message = Message::post(self.service, self.purpose, self.legal_basis, &self.body);
        Message { procedure: self.procedure, actor: officer, ..message }
    }
}

/// The refusal that an answer must be.
pub fn refused(answer: Result<Answer, CallError>) -> Refused {
    match answer {
        Err(CallError::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

/// What both services of the population database are asked with.
pub fn of(person: &Person) -> Value {
    json!({
        "SoDinhDanh": person.number,
        "HoVaTen": person.name.to_uppercase(),
        "NgayThangNamSinh": { "NgayThangNam": person.birth_date.replace('-', "") },
    })
}

/// The citizen of the stories.
pub fn an() -> &'static Person {
    &PEOPLE[0]
}

/// A plain client, for what stands beside the gateway.
pub fn http() -> reqwest::Client {
    let none = reqwest::redirect::Policy::none();
    reqwest::Client::builder().no_proxy().redirect(none).build().expect("a client")
}

/// Everything that is in a text of JSON, as one text.
pub fn text(answer: &Answer) -> Arc<str> {
    String::from_utf8_lossy(&answer.body).into()
}

pub fn cluster_storage() -> Storage {
    let broker::storage::StorageSettings::Cluster { postgres_url, redis_url, redis_prefix, .. } =
        crate::process::cluster::storage()
    else {
        panic!("not a cluster")
    };
    Storage::Cluster { postgres: postgres_url, redis: redis_url, redis_prefix }
}
