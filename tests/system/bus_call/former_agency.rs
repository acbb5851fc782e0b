//! A code that was given up leads to whoever took over.

use sandbox::bus::Message;

use super::world::{World, refused};

const NOW: &str = "VN/GOV/000.00.13.H19/danh-muc-so/DanhMuc";
const FORMER: &str = "VN/GOV/000.00.05.H19/danh-muc-so/DanhMuc";

#[tokio::test]
async fn a_service_is_reached_by_the_code_of_the_former_agency_and_the_answer_says_so() {
    let world = World::start().await;
    let successor = world.plain(&format!("/r1/{NOW}/dan-toc")).await;
    let former = world.plain(&format!("/r1/{FORMER}/dan-toc")).await;
    assert_eq!((successor.status, former.status), (http::StatusCode::OK, http::StatusCode::OK));
    assert_eq!(successor.body, former.body);
    assert!(successor.header("lgsp-alias").is_none());
    let alias = former.header("lgsp-alias").unwrap();
    assert!(alias.contains("000.00.13.H19"), "{alias}");
}

#[tokio::test]
async fn the_former_code_is_good_for_questions_about_the_services_too() {
    let world = World::start().await;
    for question in ["listMethods", "allowedMethods"] {
        let ask = async |provider: &str| world.plain(&format!("/r1/VN/GOV/{provider}/danh-muc-so/{question}")).await;
        let (former, now) = (ask("000.00.05.H19").await, ask("000.00.13.H19").await);
        assert_eq!((former.status, &former.body), (now.status, &now.body), "{question}");
        assert_eq!(former.status, http::StatusCode::OK);
        assert!(former.header("lgsp-alias").is_some_and(|alias| alias.contains("000.00.13.H19")), "{question}");
        assert!(now.header("lgsp-alias").is_none(), "{question}");
    }
}

#[tokio::test]
async fn the_former_code_is_good_for_a_signed_message_too_and_for_no_other_service() {
    let world = World::start().await;
    let get = |service| Message::get(service, "/dan-toc", "tra-cuu-danh-muc", "278/2025/ND-CP");
    assert!(world.caller.call(&get(FORMER)).await.is_ok());
    let refusal = refused(world.caller.call(&get("VN/GOV/000.00.05.H19/danh-muc-so/KhongCo")).await);
    assert_eq!(refusal.code, "unknown-service");
}
