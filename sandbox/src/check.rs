//! `cargo run -- check`: one whole login as a browser would do it, then calls of the bus and its log, step by step, each
//! with its duration.

use std::time::Duration;

use http::Method;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use crate::{
    browser::{Browser, BrowserError, Page},
    bus::{CallError, Message},
    people::{PASSWORD, PEOPLE, Role},
    province::{Part, Province},
};

/// A step that did not do what it should.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {reason}")]
pub struct Failed {
    /// The step.
    pub step: &'static str,
    /// What was seen instead.
    pub reason: String,
}

/// A step that did.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// The step.
    pub step: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// Walks through the province; `tell` hears of each step as it is done.
pub async fn walk(province: &Province, mut tell: impl FnMut(Done)) -> Result<(), Failed> {
    let mut walker = Walker::new(province)?;
    let mut clock = Instant::now();
    let mut done = |step| {
        let now = Instant::now();
        tell(Done { step, took: now.duration_since(clock) });
        clock = now;
    };

    let chooser = walker.reach_the_chooser().await?;
    done(CHOOSER);
    let form = walker.choose_vneid(&chooser).await?;
    done(CHOSEN);
    let information = walker.log_in_at_vneid(&form).await?;
    done(NATIONAL);
    let case_handling = walker.agree(&information).await?;
    done(RELEASED);
    walker.enter_the_school().await?;
    done(SECOND);
    walker.out(&case_handling).await?;
    done(OUT);
    walker.log_in_as_officer().await?;
    done(OFFICER);
    walker.verify_a_citizen().await?;
    done(SIGNED);
    walker.call_as_x_road().await?;
    done(X_ROAD);
    walker.be_refused().await?;
    done(REFUSED);
    verify_the_log(province).await?;
    done(LOG);
    Ok(())
}

const CHOOSER: &str = "một cửa → trang chọn cách đăng nhập (case handling → chooser)";
const CHOSEN: &str = "chọn VNeID → biểu mẫu VNeID (chooser → VNeID form)";
const NATIONAL: &str = "đăng nhập VNeID → trang thông tin (VNeID → information page)";
const RELEASED: &str = "đồng ý → đã vào một cửa (information page → logged in)";
const SECOND: &str = "vào trường học, không đăng nhập lại (school, no second login)";
const OUT: &str = "đăng xuất (logout)";
const OFFICER: &str = "đăng nhập bằng tài khoản cán bộ (officer logs in)";
const SIGNED: &str = "xác minh công dân qua trục, có chữ ký (signed call to the population database)";
const X_ROAD: &str = "gọi danh mục theo X-Road, không chữ ký (X-Road call)";
const REFUSED: &str = "đơn vị không có thỏa thuận bị từ chối (no agreement: refused)";
const LOG: &str = "kiểm chứng nhật ký thông điệp (message log verifies)";

struct Walker<'a> {
    province: &'a Province,
    browser: Browser,
}

impl<'a> Walker<'a> {
    fn new(province: &'a Province) -> Result<Self, Failed> {
        let browser = Browser::new().map_err(because(CHOOSER))?;
        Ok(Self { province, browser })
    }

    async fn reach_the_chooser(&mut self) -> Result<Page, Failed> {
        let page = self.open(CHOOSER, Part::MotCua, "/login").await?;
        expect(CHOOSER, page.forms().iter().any(|form| form.has("provider")), &page)?;
        Ok(page)
    }

    async fn choose_vneid(&mut self, chooser: &Page) -> Result<Page, Failed> {
        let pressed = chooser.forms().into_iter().find_map(|form| form.press("provider", "vneid"));
        let form = pressed.ok_or_else(|| unexpected(CHOSEN, chooser))?;
        let page = self.browser.submit(chooser, &form).await.map_err(because(CHOSEN))?;
        expect(CHOSEN, page.url.port() == Some(self.province.addresses().port(Part::Vneid)), &page)?;
        Ok(page)
    }

    async fn log_in_at_vneid(&mut self, page: &Page) -> Result<Page, Failed> {
        let form = page.form_with("so_dinh_danh").map_err(because(NATIONAL))?;
        let [person, ..] = &PEOPLE;
        let form = form.with("so_dinh_danh", person.number).with("mat_khau", PASSWORD);
        let next = self.browser.submit(page, &form).await.map_err(because(NATIONAL))?;
        expect(NATIONAL, next.forms().iter().any(|form| form.has("decision")), &next)?;
        Ok(next)
    }

    async fn agree(&mut self, page: &Page) -> Result<Page, Failed> {
        let pressed = page.forms().into_iter().find_map(|form| form.press("decision", "approve"));
        let form = pressed.ok_or_else(|| unexpected(RELEASED, page))?;
        let next = self.browser.submit(page, &form).await.map_err(because(RELEASED))?;
        let [person, ..] = &PEOPLE;
        let text = next.text();
        expect(RELEASED, next.url.path() == "/" && text.contains(&format!("Xin chào, {}", person.name)), &next)?;
        Ok(next)
    }

    async fn enter_the_school(&mut self) -> Result<(), Failed> {
        let mut page = self.open(SECOND, Part::TruongHoc, "/login").await?;
        // The school is told other things, so its information page may come; VNeID must not.
        let vneid = self.province.addresses().port(Part::Vneid);
        expect(SECOND, page.way.iter().chain([&page.url]).all(|url| url.port() != Some(vneid)), &page)?;
        if let Some(form) = page.forms().into_iter().find_map(|form| form.press("decision", "approve")) {
            page = self.browser.submit(&page, &form).await.map_err(because(SECOND))?;
        }
        let [person, ..] = &PEOPLE;
        expect(SECOND, page.url.path() == "/" && page.text().contains(&format!("Bảng tin của {}", person.name)), &page)
    }

    async fn out(&mut self, page: &Page) -> Result<(), Failed> {
        let form = page.form_to("/logout").map_err(because(OUT))?;
        let mut next = self.browser.submit(page, &form).await.map_err(because(OUT))?;
        if let Some(form) = next.forms().into_iter().find_map(|form| form.press("decision", "sign_out")) {
            next = self.browser.submit(&next, &form).await.map_err(because(OUT))?;
        }
        expect(OUT, next.text().contains("Bạn đã đăng xuất"), &next)?;
        let again = self.open(OUT, Part::MotCua, "/login").await?;
        expect(OUT, again.forms().iter().any(|form| form.has("provider")), &again)
    }

    async fn log_in_as_officer(&mut self) -> Result<(), Failed> {
        // A browser of its own: an officer at a counter has no citizen's session open.
        self.browser = Browser::new().map_err(because(OFFICER))?;
        let chooser = self.open(OFFICER, Part::MotCua, "/login?ve=xac-minh").await?;
        let pressed = chooser.forms().into_iter().find_map(|form| form.press("provider", "can-bo"));
        let form = pressed.ok_or_else(|| unexpected(OFFICER, &chooser))?;
        let page = self.browser.submit(&chooser, &form).await.map_err(because(OFFICER))?;
        let username = PEOPLE.iter().filter(|person| person.role == Role::Officer).find_map(|person| person.staff);
        let username = username.map(|staff| staff.username).unwrap_or_default();
        let form = page.form_with("so_dinh_danh").map_err(because(OFFICER))?;
        let form = form.with("so_dinh_danh", username).with("mat_khau", PASSWORD);
        let mut page = self.browser.submit(&page, &form).await.map_err(because(OFFICER))?;
        if let Some(form) = page.forms().into_iter().find_map(|form| form.press("decision", "approve")) {
            page = self.browser.submit(&page, &form).await.map_err(because(OFFICER))?;
        }
        expect(OFFICER, page.url.path() == "/xac-minh" && page.text().contains("Xác minh công dân"), &page)
    }

    async fn verify_a_citizen(&mut self) -> Result<(), Failed> {
        let page = self.open(SIGNED, Part::MotCua, "/xac-minh").await?;
        let [person, ..] = &PEOPLE;
        let form = page.form_with("ho_ten").map_err(because(SIGNED))?;
        let born: Vec<&str> = person.birth_date.rsplit('-').collect();
        let form =
            form.with("so_dinh_danh", person.number).with("ho_ten", person.name).with("ngay_sinh", &born.join("/"));
        let answer = self.browser.submit(&page, &form).await.map_err(because(SIGNED))?;
        let text = answer.text();
        expect(SIGNED, text.contains("Đúng: thông tin khớp") && text.contains("mot-cua-xac-thuc"), &answer)
    }

    async fn call_as_x_road(&self) -> Result<(), Failed> {
        let failed = |reason: String| Failed { step: X_ROAD, reason };
        let caller = self.province.caller("mot-cua").map_err(|error| failed(error.to_string()))?;
        let target = "/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc";
        let answer = caller.send_plain(Method::GET, target, None).await.map_err(|error| failed(error.to_string()))?;
        if answer.status.is_success() && answer.header("x-road-id").is_some() {
            return Ok(());
        }
        Err(failed(format!("{} {:?}", answer.status, answer.header("x-road-error"))))
    }

    async fn be_refused(&self) -> Result<(), Failed> {
        let failed = |reason: String| Failed { step: REFUSED, reason };
        let caller = self.province.caller("khong-quyen").map_err(|error| failed(error.to_string()))?;
        let [person, ..] = &PEOPLE;
        let body = json!({ "SoDinhDanh": person.number, "HoVaTen": "A B", "NgayThangNamSinh": { "Nam": "1985" } });
        let service = "VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan";
        match caller.call(&Message::post(service, "giai-quyet-tthc", "118/2025/ND-CP", &body)).await {
            Err(CallError::Refused(refused)) if refused.code == "access-denied" && refused.record.is_some() => Ok(()),
            Err(error) => Err(failed(error.to_string())),
            Ok(_) => Err(failed("the call was permitted".to_owned())),
        }
    }

    async fn open(&mut self, step: &'static str, part: Part, path: &str) -> Result<Page, Failed> {
        let address = self.province.addresses().at(part, path);
        let url: Url = address.parse().map_err(|_| Failed { step, reason: address })?;
        self.browser.open(&url).await.map_err(because(step))
    }
}

/// Every record, the chain, the tree and the checkpoint, by the same means as `lgsp-gateway log verify`.
async fn verify_the_log(province: &Province) -> Result<(), Failed> {
    let mut told = Vec::new();
    let verified = province.verify_message_log(&mut told).await;
    let told = String::from_utf8_lossy(&told).into_owned();
    match verified {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failed { step: LOG, reason: told }),
        Err(error) => Err(Failed { step: LOG, reason: error.to_string() }),
    }
}

fn because(step: &'static str) -> impl Fn(BrowserError) -> Failed {
    move |error| Failed { step, reason: error.to_string() }
}

fn expect(step: &'static str, holds: bool, page: &Page) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(unexpected(step, page)) }
}

fn unexpected(step: &'static str, page: &Page) -> Failed {
    let text: String = page.text().chars().take(300).collect();
    // The query may hold a code, so only host, port and path are told.
    let place = format!("{}{}", page.url.origin().ascii_serialization(), page.url.path());
    Failed { step, reason: format!("{} at {place}: {text}", page.status) }
}
