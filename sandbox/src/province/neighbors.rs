//! The stand-ins of the identity systems around the broker, where it is registered as a client like anywhere else.

use axum::Router;

use super::{Part, ProvinceError, World, applications::Keys, settings_file::CLIENT_ID};
use crate::national::staff::{self, StaffClient, StaffConfig};

/// The VNeID stand-in, which knows the public half of the broker's RSA key.
pub(super) fn vneid(world: &World, keys: &Keys) -> Result<Router, ProvinceError> {
    let _ = (world, keys);
    Ok(Router::new().route("/live", axum::routing::get(http::StatusCode::NO_CONTENT)))
}

/// The staff identity provider stand-in.
pub(super) fn staff(world: &World, keys: &Keys) -> Result<Router, ProvinceError> {
    let client = StaffClient {
        id: CLIENT_ID.to_owned(),
        secret: keys.staff_secret.clone(),
        redirect_uris: vec![world.addresses.at(Part::Broker, "/callback/can-bo")],
        post_logout_redirect_uris: vec![world.addresses.at(Part::MotCua, "/")],
    };
    let issuer = world.addresses.origin(Part::Staff);
    let config = StaffConfig::new(&issuer, vec![client], world.clock.clone(), world.entropy.clone());
    Ok(staff::router(config.map_err(|_| ProvinceError::Build(Part::Staff))?))
}
