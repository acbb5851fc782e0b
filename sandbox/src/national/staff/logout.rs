//! `/logout`: there is no session here, so there is only a way on (RP-Initiated Logout 1.0 §2, §3).

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use url::Url;

use super::{Shared, authorize::parameters, page};

pub(super) async fn get(State(staff): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let Some(asked) = parameters(&query.unwrap_or_default()) else {
        return page::failure("Yêu cầu có tham số bị lặp lại.");
    };
    let text = |name: &str| asked.get(name).map(String::as_str);
    let Some(return_to) = text("post_logout_redirect_uri") else {
        return page::signed_out();
    };
    let client = text("client_id").and_then(|id| staff.client(id));
    let is_registered =
        client.is_some_and(|client| client.post_logout_redirect_uris.iter().any(|registered| registered == return_to));
    match Url::parse(return_to) {
        Ok(mut address) if is_registered => {
            if let Some(state) = text("state") {
                address.query_pairs_mut().append_pair("state", state);
            }
            Redirect::to(address.as_str()).into_response()
        }
        _ => page::failure("Địa chỉ quay về sau khi đăng xuất không được đăng ký."),
    }
}
