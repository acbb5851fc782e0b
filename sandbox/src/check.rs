//! `cargo run -- check`: one whole login as a browser would do it, step by step, each with its duration.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::{
    browser::{Browser, BrowserError, Page},
    people::{PASSWORD, PEOPLE},
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
    Ok(())
}

const CHOOSER: &str = "một cửa → trang chọn cách đăng nhập (case handling → chooser)";
const CHOSEN: &str = "chọn VNeID → biểu mẫu VNeID (chooser → VNeID form)";
const NATIONAL: &str = "đăng nhập VNeID → trang thông tin (VNeID → information page)";
const RELEASED: &str = "đồng ý → đã vào một cửa (information page → logged in)";
const SECOND: &str = "vào trường học, không đăng nhập lại (school, no second login)";
const OUT: &str = "đăng xuất (logout)";

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

    async fn open(&mut self, step: &'static str, part: Part, path: &str) -> Result<Page, Failed> {
        let address = self.province.addresses().at(part, path);
        let url: Url = address.parse().map_err(|_| Failed { step, reason: address })?;
        self.browser.open(&url).await.map_err(because(step))
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
