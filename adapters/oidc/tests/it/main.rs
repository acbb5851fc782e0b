//! The adapter over HTTP, against a provider that signs with real keys and lies on request.

#[cfg(test)]
mod behavior;
#[cfg(test)]
mod contract_suite;
#[cfg(test)]
mod rp_conformance;
#[cfg(test)]
mod support;
