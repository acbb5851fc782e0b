//! The description that the database publishes of itself (WSDL 1.1, document/literal).

/// The description of a service at this address.
pub(super) fn at(address: &str) -> String {
    let address = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    include_str!("population.wsdl").replace("{address}", &address)
}
