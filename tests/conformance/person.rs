//! A person with a browser: goes from the application to the provider and back, and counts what is asked of them.

use anyhow::{Context, Result, bail};
use sandbox::browser::{Browser, Form, Page};
use url::Url;

/// More steps than any way has.
const MOST_STEPS: usize = 30;

/// Who somebody is at the provider.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Which identity provider they choose where there is a choice.
    pub provider: &'static str,
    /// What they type as their name or number.
    pub login: &'static str,
    /// What they type as password.
    pub password: &'static str,
}

/// Fields for a name or number, and for a password, as the pages of the two providers call them.
const NAMES: [&str; 2] = ["so_dinh_danh", "login"];
const PASSWORDS: [&str; 2] = ["mat_khau", "password"];

/// Where a visit ended.
#[derive(Debug)]
pub enum Arrival {
    /// Back at the application, with this address.
    Back(Url),
    /// On a page that asks nothing more of the person.
    Page(Page),
}

/// One way through the provider.
#[derive(Debug)]
pub struct Visit {
    /// Where it ended.
    pub arrival: Arrival,
    /// How many times the person was asked to sign in.
    pub sign_ins: usize,
    /// How many times the person was asked whether to sign out.
    pub sign_outs: usize,
    /// How many pages were shown at all.
    pub pages: usize,
}

impl Visit {
    /// The address at the application.
    pub fn back(self) -> Result<Url> {
        match self.arrival {
            Arrival::Back(url) => Ok(url),
            Arrival::Page(page) => bail!("did not come back: {} at {}: {}", page.status, page.url.path(), words(&page)),
        }
    }

    /// The page at the provider.
    pub fn page(self) -> Result<Page> {
        match self.arrival {
            Arrival::Page(page) => Ok(page),
            Arrival::Back(url) => bail!("was sent to the application: {url}"),
        }
    }
}

/// Somebody with a browser.
#[derive(Debug)]
pub struct Visitor {
    browser: Browser,
    person: Person,
}

impl Visitor {
    /// A person with a fresh browser.
    pub fn new(person: Person) -> Result<Self> {
        Ok(Self { browser: Browser::new()?, person })
    }

    /// Opens `url` and goes on until a redirect leads to an address that begins with `back`, or to a page with nothing
    /// to do.
    pub async fn visit(&mut self, url: &Url, back: &str) -> Result<Visit> {
        let page = self.browser.open_once(url).await?;
        self.go_on(page, back).await
    }

    /// The same with a form that an application sends by POST.
    pub async fn post(&mut self, url: &Url, fields: &[(String, String)], back: &str) -> Result<Visit> {
        let from = Page {
            url: Url::parse(back)?,
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: format!("<form method=\"post\" action=\"{url}\"></form>"),
            way: Vec::new(),
        };
        let form = from.forms().into_iter().next().context("the form was not read")?;
        let form = fields.iter().fold(form, |form, (name, value)| form.with(name, value));
        let page = self.browser.submit_once(&from, &form).await?;
        self.go_on(page, back).await
    }

    async fn go_on(&mut self, mut page: Page, back: &str) -> Result<Visit> {
        let (mut sign_ins, mut sign_outs, mut pages) = (0, 0, 0);
        for _ in 0..MOST_STEPS {
            if let Some(next) = page.location()? {
                if next.as_str().starts_with(back) {
                    return Ok(Visit { arrival: Arrival::Back(next), sign_ins, sign_outs, pages });
                }
                page = self.browser.open_once(&next).await?;
                continue;
            }
            let task = page.forms().into_iter().find_map(|form| self.task(form));
            let Some((form, task)) = task.filter(|_| page.status.is_success()) else {
                pages += 1;
                return Ok(Visit { arrival: Arrival::Page(page), sign_ins, sign_outs, pages });
            };
            match task {
                Task::SignIn => sign_ins += 1,
                Task::SignOut => sign_outs += 1,
                Task::Other | Task::Script => {}
            }
            if task != Task::Script {
                pages += 1;
            }
            page = self.browser.submit_once(&page, &form).await?;
        }
        bail!("the way has no end; at {} {}", page.url.path(), words(&page))
    }

    /// What the person does with a form, if it is one of those that they know.
    fn task(&self, form: Form) -> Option<(Form, Task)> {
        if form.has("provider") {
            return Some((form.press("provider", self.person.provider)?, Task::Other));
        }
        if let Some(name) = NAMES.into_iter().find(|name| form.value(name).is_some()) {
            // Our own pages carry the attempt in a hidden field that is called `login` too: there is no password then.
            if let Some(password) = PASSWORDS.into_iter().find(|name| form.value(name).is_some()) {
                return Some((form.with(name, self.person.login).with(password, self.person.password), Task::SignIn));
            }
        }
        if let Some(sign_out) = form.clone().press("decision", "sign_out") {
            return Some((sign_out, Task::SignOut));
        }
        if let Some(approve) = form.clone().press("decision", "approve") {
            return Some((approve, Task::Other));
        }
        // oidc-provider: its consent page; the form that a script would send; the question whether to sign out, whose
        // buttons stand outside of the form.
        if form.value("prompt") == Some("consent") {
            return Some((form, Task::Other));
        }
        if form.value("xsrf").is_some() {
            let task = if form.value("logout").is_some() { Task::Script } else { Task::SignOut };
            return Some((form.with("logout", "yes"), task));
        }
        None
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    SignIn,
    SignOut,
    Script,
    Other,
}

fn words(page: &Page) -> String {
    page.text().chars().take(300).collect()
}
