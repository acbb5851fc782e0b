//! What an operator can have made of an answer.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use super::{
    XML, answer, fault_answer,
    question::{Fault, Question},
    xml,
};
use crate::{
    national::mood::{self, LieHow},
    people::PEOPLE,
};

pub(super) fn answer(how: LieHow, question: &Question) -> Response {
    let good = || answer::to(question).unwrap_or_default();
    let other = Question { id: "01900000-0000-7000-8000-000000000000".to_owned(), ..copy(question) };
    match how {
        LieHow::Garbage => xml(Some("<soapenv:Envelope><<".to_owned())),
        LieHow::WrongType => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))], "<!doctype html><title>Bảo trì</title>")
                .into_response()
        }
        LieHow::Cut => {
            let (length, body) = mood::cut(&Bytes::from(good()));
            ([(header::CONTENT_TYPE, XML), (header::CONTENT_LENGTH, HeaderValue::from(length))], body).into_response()
        }
        LieHow::Oversize => xml(Some(format!("<a>{}</a>", "a".repeat(16 * 1024 * 1024)))),
        LieHow::ErrorInside => xml(Some(good().replace("<ns:MaLoi>0<", "<ns:MaLoi>DC_099<"))),
        LieHow::FaultInside => fault_answer(&Fault { code: "HeThong", text: "lỗi hệ thống" }, StatusCode::OK),
        LieHow::WrongPerson => {
            let another = PEOPLE.iter().find(|person| Some(person.number) != question.number.as_deref());
            xml(answer::about(question, another))
        }
        LieHow::OtherRequest => xml(answer::to(&other)),
        LieHow::Doctype => {
            let entity = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>"#;
            xml(Some(good().replacen("<soapenv:Envelope", &format!("{entity}<soapenv:Envelope"), 1)))
        }
    }
}

fn copy(question: &Question) -> Question {
    let Question { service, id, number, card, name, birth } = question;
    let (id, number, card, name) = (id.clone(), number.clone(), card.clone(), name.clone());
    let birth = match birth {
        super::question::Birth::Year(year) => super::question::Birth::Year(year.clone()),
        super::question::Birth::Date(date) => super::question::Birth::Date(date.clone()),
    };
    Question { service, id, number, card, name, birth }
}
