//! Only what the agreement names leaves the bus.

use serde_json::Value;

use super::world::{LEGAL_BASIS, PROCEDURE, PURPOSE, Question, TRA_CUU, World, an, of, text};

#[tokio::test]
async fn what_the_agreement_does_not_name_is_not_in_the_answer() {
    let world = World::start().await;
    let question = Question { service: TRA_CUU, ..world.question(an()) };
    assert_eq!((question.purpose, question.legal_basis, question.procedure), (PURPOSE, LEGAL_BASIS, Some(PROCEDURE)));
    let answer = world.ask(&question).await.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let whole = text(&answer);
    assert!(whole.contains(an().number) && whole.contains("HoVaTen"), "{whole}");
    for withheld in ["Cha", "Me", "VoChong", "TonGiao", "DanToc", "NhomMau", "ChuHo", "SoSoHoKhau", "QueQuan"] {
        assert!(!whole.contains(&format!("\"{withheld}\"")), "{withheld} came out: {whole}");
    }
    assert!(answer.withheld.iter().any(|field| field.contains("Cha")), "{:?}", answer.withheld);
    assert!(!body.is_null());
    assert_eq!(answer.agreement.as_deref(), Some("mot-cua-tra-cuu"));
}

#[tokio::test]
async fn somebody_whom_the_database_does_not_know_gives_no_data() {
    let world = World::start().await;
    let mut body = of(an());
    body["HoVaTen"] = Value::from("KHÔNG CÓ AI");
    let question = Question { service: TRA_CUU, body, ..world.question(an()) };
    let answer = world.ask(&question).await;
    if let Ok(answer) = answer {
        assert!(!text(&answer).contains(an().number), "{}", text(&answer));
    }
}
