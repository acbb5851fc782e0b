//! Speaks HTTP, decides nothing. The route table is one screen.

pub mod assets;
pub mod authorize;
pub mod browser;
pub mod callback;
pub mod choose;
pub mod client_auth;
pub mod consent;
pub mod discovery;
pub mod error;
pub mod fallback;
pub mod form;
pub mod introspect;
pub mod jwks;
pub mod logout;
pub mod measure;
pub mod overload;
pub mod page;
pub mod revoke;
pub mod state;
pub mod token;
pub mod userinfo;

use axum::{
    Router,
    handler::Handler,
    routing::{MethodRouter, get, post},
};

pub use state::{App, AppState};

/// Every path, its handlers, and nothing else. What each answer may be cached for is set by the handler; [`fallback`] says
/// which methods a path takes.
pub fn routes(app: AppState) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::get))
        .route("/jwks", get(jwks::get))
        .route("/authorize", acting(authorize::get).post(authorize::post))
        .route("/choose", post(choose::post))
        .route("/callback/{provider}", acting(callback::get))
        .route("/consent", acting(consent::get).post(consent::post))
        .route("/token", post(token::post))
        .route("/userinfo", acting(userinfo::get).post(userinfo::post))
        .route("/introspect", post(introspect::post))
        .route("/revoke", post(revoke::post))
        .route("/logout", acting(logout::get).post(logout::post))
        .route("/assets/{file}", get(assets::get))
        .fallback(fallback::not_found)
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .with_state(app)
}

/// A GET that begins, spends, ends or records something. HEAD would do the same, and whoever sends it only looks
/// (RFC 9110 §9.2.1), so it is refused.
fn acting<H, T>(handler: H) -> MethodRouter<AppState>
where
    H: Handler<T, AppState>,
    T: 'static,
{
    get(handler).head(fallback::method_not_allowed)
}
