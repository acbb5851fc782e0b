//! The stand-ins around broker and gateway, where these are known like anywhere else.

use axum::Router;

use super::{Part, ProvinceError, World, applications::Keys, settings_file::CLIENT_ID};
use crate::national::{
    population::{self, PopulationStandIn},
    rest_register,
    staff::{self, StaffClient, StaffConfig},
    vneid::{self, RegisteredClient, VneidStandIn},
};

/// The VNeID stand-in, which knows the public half of the broker's RSA key.
pub(super) fn vneid(world: &World, keys: &Keys) -> Result<Router, ProvinceError> {
    let redirect = world.addresses.at(Part::Broker, "/callback/vneid");
    let client = RegisteredClient {
        client_id: CLIENT_ID.to_owned(),
        client_secret: keys.vneid_secret.clone(),
        name: "Cổng đăng nhập Liên Thông của tỉnh thử nghiệm".to_owned(),
        redirect_uris: vec![redirect.parse().map_err(|_| ProvinceError::Build(Part::Vneid))?],
        public_key: keys.vneid.public_der().map_err(|_| ProvinceError::Build(Part::Vneid))?,
    };
    Ok(vneid::router(VneidStandIn {
        clients: vec![client],
        clock: world.clock.clone(),
        entropy: world.entropy.clone(),
        code_lifetime: VneidStandIn::CODE_LIFETIME,
    }))
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

/// The population database stand-in, where the gateway is known by what its settings say.
pub(super) fn population(world: &World) -> Router {
    population::router(PopulationStandIn::of_province(world.addresses.at(Part::Population, "/"), world.clock.clone()))
}

/// The stand-in of the province's own registers.
pub(super) fn register() -> Router {
    rest_register::router()
}
