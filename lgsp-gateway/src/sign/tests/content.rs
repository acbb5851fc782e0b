//! What becomes of bodies: none for HEAD, a copy where one is wanted, and no answer to a body that did not come whole.

use super::*;
use crate::{
    trail::{BodyCopy, MOST_COPIED},
    verify::tests::{Read, passing},
};

#[test]
fn what_has_no_content_has_the_digest_of_nothing() {
    let signer = seeded();
    let (mut head, _) = head(&raw("accepted"));
    let nothing = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::NO_CONTENT, &[], b"ignored")));
    assert_eq!((nothing.digest.clone(), bytes(&nothing)), (content_digest::value(b""), &b""[..]));
    assert_eq!(check(&signer, &head, &nothing), Ok(()));
    head.method = Method::HEAD;
    let given = [("content-type", "application/json"), ("content-length", "2")];
    let reply = signer.seal(&head, &mut permitted(), Ok(answer(StatusCode::OK, &given, b"{}")));
    assert_eq!((reply.digest.clone(), bytes(&reply)), (content_digest::value(b""), &b""[..]));
    assert_eq!(check(&signer, &head, &reply), Ok(()));
}

#[test]
fn a_refusal_of_head_has_no_content_in_either_form() {
    let signer = seeded();
    let (mut signed, mut plain) = (head(&raw("accepted")).0, x_road(""));
    (signed.method, plain.method) = (Method::HEAD, Method::HEAD);
    for code in Code::ALL {
        for head in [&signed, &plain] {
            let reply = signer.seal(head, &mut Trail::default(), Err((*code).into()));
            assert_eq!(
                (reply.digest.clone(), bytes(&reply)),
                (content_digest::value(b""), &b""[..]),
                "{}",
                code.name()
            );
            assert!(reply.headers.contains_key("lgsp-error") || reply.headers.contains_key("x-road-error"));
        }
        let reply = signer.seal(&signed, &mut Trail::default(), Err((*code).into()));
        assert_eq!(check(&signer, &signed, &reply), Ok(()), "{}", code.name());
    }
}

#[test]
fn a_copy_of_what_is_answered_is_taken_where_one_of_the_request_was_taken() {
    let signer = seeded();
    let long = Reply { body: ReplyBody::Held(vec![b'x'; MOST_COPIED + 1].into()), ..answer(StatusCode::OK, &[], b"") };
    for head in [head(&raw("accepted")).0, x_road("")] {
        let mut trail = permitted();
        let _ = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"{}")));
        assert_eq!(trail.reply_copy, None);
        trail.request_copy = Some(BodyCopy::TooLong);
        let _ = signer.seal(&head, &mut trail, Ok(answer(StatusCode::OK, &[], b"{}")));
        assert_eq!(trail.reply_copy, Some(BodyCopy::Whole(Bytes::from_static(b"{}"))));
        let refused = signer.seal(&head, &mut trail, Err(Code::ProviderTimeout.into()));
        assert_eq!(trail.reply_copy, Some(BodyCopy::Whole(Bytes::copy_from_slice(bytes(&refused)))));
    }
    let mut trail = Trail { request_copy: Some(BodyCopy::TooLong), ..permitted() };
    let _ = signer.seal(&x_road(""), &mut trail, Ok(long));
    assert_eq!(trail.reply_copy, Some(BodyCopy::TooLong));
}

#[tokio::test]
async fn what_is_answered_to_a_body_that_did_not_come_whole_is_no_answer() {
    let signer = seeded();
    let signed = || head(&raw("accepted"));
    let plain = || head("POST /r1/VN/GOV/a/b/c HTTP/1.1\r\nHost: a\r\nX-Road-Client: VN/GOV/c/d\r\n\r\nabcdefgh");
    for (read, attempts, answered, refused) in [
        (Read::Whole, 1, None, Code::ProviderTimeout),
        (Read::Piece, 1, Some(Code::OutcomeUnknown), Code::ProviderTimeout),
        (Read::Nothing, 1, Some(Code::OutcomeUnknown), Code::ProviderTimeout),
        // What the bus answers itself.
        (Read::Nothing, 0, Some(Code::BadRequest), Code::AccessDenied),
    ] {
        for (head, body) in [signed(), plain()] {
            let sealed = async |outcome| {
                let mut trail =
                    Trail { attempts, request_passing: Some(passing(&head, &body, read).await), ..permitted() };
                let reply = signer.seal(&head, &mut trail, outcome);
                assert_eq!(trail.request_digest.is_some(), matches!(read, Read::Whole));
                reply
            };
            let reply = sealed(Ok(answer(StatusCode::OK, &[], b"secret"))).await;
            assert_eq!(reply.refusal, answered, "{read:?} {attempts} {:?}", head.form);
            assert_eq!(bytes(&reply) == b"secret", answered.is_none());
            assert_eq!(sealed(Err(refused.into())).await.refusal, Some(refused));
        }
    }
    let (head, _) = signed();
    for outcome in [Ok(answer(StatusCode::OK, &[], b"secret")), Err(Code::ProviderCut.into())] {
        let passing = passing(&head, &Bytes::from_static(b"another body"), Read::Whole).await;
        let mut trail = Trail { request_passing: Some(passing), ..permitted() };
        let reply = signer.seal(&head, &mut trail, outcome);
        assert_eq!((reply.refusal, trail.request_digest.is_some()), (Some(Code::DigestMismatch), true));
    }
}
