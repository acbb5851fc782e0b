//! A form of a page: where it goes, what it sends, what can be typed and pressed.

use std::collections::BTreeMap;

use http::Method;
use url::Url;

use super::html::{self, Tag};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Button {
    name: String,
    value: String,
}

/// A form as the browser would send it.
#[derive(Clone, Debug)]
pub struct Form {
    /// GET or POST.
    pub method: Method,
    /// Where it goes; the page itself when the form does not say.
    pub action: Url,
    fields: Vec<(String, String)>,
    buttons: Vec<Button>,
    pressed: Option<Button>,
}

impl Form {
    /// Whether a field or a button of this name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name) || self.buttons.iter().any(|button| button.name == name)
    }

    /// The value that a field has now.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Types into a field; a field that the page does not have is added, which only an attacker would do.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(field, _)| field == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Presses the button with this name and value; `None` if there is none.
    #[must_use]
    pub fn press(mut self, name: &str, value: &str) -> Option<Self> {
        let button = self.buttons.iter().find(|button| button.name == name && button.value == value)?;
        self.pressed = Some(button.clone());
        Some(self)
    }

    /// The values that buttons of this name offer.
    pub fn choices<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.buttons.iter().filter(move |button| button.name == name).map(|button| button.value.as_str())
    }

    /// The fields and the pressed button as `application/x-www-form-urlencoded`. Without a press it is the first
    /// button, as when a person presses the Enter key (HTML §4.10.21.2, implicit submission).
    #[must_use]
    pub fn encoded(&self) -> String {
        let pressed = self.pressed.as_ref().or(self.buttons.first()).filter(|button| !button.name.is_empty());
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(&self.fields);
        if let Some(button) = pressed {
            encoded.append_pair(&button.name, &button.value);
        }
        encoded.finish()
    }
}

/// The forms of a page.
pub(super) fn read(page: &Url, body: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut select = None;
    for tag in html::tags(body) {
        match tag {
            Tag::Open { name, attributes } if name == "form" => {
                forms.push(empty(page, &attributes));
                inside = true;
            }
            Tag::Close { name } if name == "form" => inside = false,
            Tag::Open { name, attributes } if inside => {
                if let Some(form) = forms.last_mut() {
                    control(form, &mut select, &name, attributes);
                }
            }
            _ => {}
        }
    }
    forms
}

fn empty(page: &Url, attributes: &BTreeMap<String, String>) -> Form {
    let post = attributes.get("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
    let action = attributes.get("action").and_then(|action| page.join(action).ok()).unwrap_or_else(|| page.clone());
    let method = if post { Method::POST } else { Method::GET };
    Form { method, action, fields: Vec::new(), buttons: Vec::new(), pressed: None }
}

fn control(form: &mut Form, select: &mut Option<String>, tag: &str, attributes: BTreeMap<String, String>) {
    let get = |name: &str| attributes.get(name).cloned();
    let name = get("name").unwrap_or_default();
    let value = get("value").unwrap_or_default();
    let kind = get("type").unwrap_or_default().to_ascii_lowercase();
    match (tag, kind.as_str()) {
        _ if attributes.contains_key("disabled") => {}
        ("button", "" | "submit") | ("input", "submit") => form.buttons.push(Button { name, value }),
        ("input", "checkbox" | "radio") if !attributes.contains_key("checked") => {}
        ("input", "button" | "reset" | "image" | "file") | ("button", _) => {}
        ("input" | "textarea", _) if !name.is_empty() => form.fields.push((name, value)),
        ("select", _) => *select = Some(name),
        ("option", _) => {
            let Some(owner) = select else { return };
            let known = form.has(owner);
            if !known {
                form.fields.push((owner.clone(), value));
            } else if attributes.contains_key("selected") {
                form.fields.iter_mut().filter(|(field, _)| field == owner).for_each(|(_, old)| old.clone_from(&value));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="post" action="/go?x=1"><input type="hidden" name="login" value="&#38;a">
        <input name="so_dinh_danh"><input type="checkbox" name="no"><select name="s"><option value="1"><option value="2" selected></select>
        <button name="provider" value="vneid">VNeID</button><button name="provider" value="can-bo">b</button></form>
        <form><input name="q" value="1"></form>"#;

    fn forms() -> Vec<Form> {
        read(&"http://localhost:1/a/b".parse().unwrap(), PAGE)
    }

    #[test]
    fn a_form_sends_its_fields_and_the_pressed_button() {
        let form = forms().remove(0).with("so_dinh_danh", "075085000001").press("provider", "can-bo").unwrap();
        assert_eq!(form.method, Method::POST);
        assert_eq!(form.action.as_str(), "http://localhost:1/go?x=1");
        assert_eq!(form.encoded(), "login=%26a&so_dinh_danh=075085000001&s=2&provider=can-bo");
    }

    #[test]
    fn without_a_press_the_first_button_counts_and_an_unknown_one_cannot_be_pressed() {
        let form = forms().remove(0);
        assert!(form.encoded().ends_with("provider=vneid"));
        assert!(form.press("provider", "other").is_none());
    }

    #[test]
    fn a_form_without_method_and_action_asks_its_own_page() {
        let form = forms().remove(1);
        assert_eq!((form.method, form.action.path()), (Method::GET, "/a/b"));
    }
}
