//! The officer at the counter: from the login to the answer on the screen.

use sandbox::{
    browser::{Browser, Page},
    people::PASSWORD,
    province::Part,
};

use super::world::{World, an};

struct Counter<'a> {
    world: &'a World,
    browser: Browser,
}

impl<'a> Counter<'a> {
    /// Somebody logs in at case handling, on the way to the page of the officers.
    async fn arrive(world: &'a World, provider: &str, who: &str) -> (Self, Page) {
        let mut counter = Self { world, browser: Browser::new().expect("a browser") };
        let chooser = counter.open("/xac-minh").await;
        let form = chooser.forms().into_iter().find_map(|form| form.press("provider", provider)).expect("a provider");
        let page = counter.browser.submit(&chooser, &form).await.expect("a form");
        let form = page.form_with("so_dinh_danh").expect("a form");
        let form = form.with("so_dinh_danh", who).with("mat_khau", PASSWORD);
        let page = counter.browser.submit(&page, &form).await.expect("a page");
        let form = page.form_with("decision").expect("a form").press("decision", "approve").expect("a button");
        let page = counter.browser.submit(&page, &form).await.expect("the page");
        (counter, page)
    }

    async fn open(&mut self, path: &str) -> Page {
        let address = self.world.province.addresses().at(Part::MotCua, path).parse().expect("a URL");
        self.browser.open(&address).await.expect("a page")
    }

    async fn ask(&mut self, page: &Page, typed: &[(&str, &str)]) -> Page {
        let mut form = page.form_with("ho_ten").expect("the form");
        for (field, value) in typed {
            form = form.with(field, value);
        }
        self.browser.submit(page, &form).await.expect("an answer")
    }
}

const AN: [(&str, &str); 3] =
    [("so_dinh_danh", "075 085 000 001"), ("ho_ten", "Nguyễn Văn An"), ("ngay_sinh", "14/03/1985")];

#[tokio::test]
async fn an_officer_sees_yes_no_and_the_data_with_record_agreement_and_what_was_withheld() {
    let world = World::start().await;
    let (mut counter, page) = Counter::arrive(&world, "can-bo", "dung.pham").await;
    assert_eq!(page.url.path(), "/xac-minh");
    let yes = counter.ask(&page, &AN).await;
    assert!(yes.text().contains("Đúng: thông tin khớp") && yes.text().contains("mot-cua-xac-thuc"), "{}", yes.text());
    let no = counter.ask(&page, &[AN[0], ("ho_ten", "Nguyễn Văn Ba"), AN[2]]).await;
    assert!(no.text().contains("Sai: thông tin không khớp"), "{}", no.text());
    let data = counter.ask(&page, &[AN[0], AN[1], AN[2], ("cach", "tra-cuu")]).await;
    let text = data.text();
    assert!(text.contains("Thông tin công dân") && text.contains(an().number), "{text}");
    assert!(text.contains("Trục đã giữ lại") && text.contains("Cha"), "{text}");
    assert!(text.contains("Nam") && text.contains("bản niêm phong"), "{text}");
    for page in [yes, no, data] {
        assert!(page.body.contains("id=\"ma-ban-ghi\"") && !page.body.contains("eyJ"), "a record and no token");
        assert!(page.url.query().is_none(), "nothing of the person stands in an address");
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_plain_words_and_keeps_what_was_typed() {
    let world = World::start().await;
    let (mut counter, page) = Counter::arrive(&world, "can-bo", "dung.pham").await;
    let mistake = counter.ask(&page, &[("so_dinh_danh", "12"), AN[1], AN[2]]).await;
    assert!(mistake.text().contains("12 chữ số") && mistake.body.contains("aria-invalid"), "{}", mistake.text());
    let refused = counter.ask(&page, &[AN[0], AN[1], AN[2], ("muc_dich", "thong-ke")]).await;
    assert!(refused.text().contains("access-denied") && refused.text().contains("thỏa thuận"), "{}", refused.text());
    assert_eq!((mistake.status.as_u16(), refused.status.as_u16()), (422, 403));
    for (page, number) in [(mistake, "12"), (refused, "075 085 000 001")] {
        let form = page.form_with("ho_ten").expect("the form");
        assert_eq!((form.value("so_dinh_danh"), form.value("ho_ten")), (Some(number), Some("Nguyễn Văn An")));
    }
}

#[tokio::test]
async fn a_citizen_is_told_that_the_page_is_not_for_them() {
    let world = World::start().await;
    let (mut counter, page) = Counter::arrive(&world, "vneid", an().number).await;
    assert_eq!((page.status.as_u16(), page.url.path()), (403, "/xac-minh"));
    assert!(page.text().contains("Trang này dành cho cán bộ"), "{}", page.text());
    let front = counter.open("/").await;
    assert!(!front.body.contains("href=\"/xac-minh\""), "a citizen does not see the way there");
    // Nor does sending the form by hand help.
    let form = front.form_to("/ho-so").expect("a form");
    let mut form = form.with("so_dinh_danh", an().number).with("ho_ten", "A B").with("ngay_sinh", "1985");
    form.action = world.province.addresses().at(Part::MotCua, "/xac-minh").parse().expect("a URL");
    assert_eq!(counter.browser.submit(&front, &form).await.expect("a page").status.as_u16(), 403);
}

#[tokio::test]
async fn without_the_bus_the_officer_keeps_the_form_and_learns_what_to_do() {
    let mut world = World::start().await;
    world.province.stop_gateway().await;
    let (mut counter, page) = Counter::arrive(&world, "can-bo", "dung.pham").await;
    let gone = counter.ask(&page, &AN).await;
    assert!(gone.text().contains("không nối được tới trục"), "{}", gone.text());
    assert_eq!(gone.form_with("ho_ten").expect("the form").value("ho_ten"), Some("Nguyễn Văn An"));
}
