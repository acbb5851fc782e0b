//! What does the path ask for? `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path]` (X-Road PR-REST §4.1), or the
//! list of clients.

use types::{ServiceId, member::is_part};

use super::path;
use crate::refusal::{Code, Refusal};

/// What a path asks for, in its one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A service, or a metaservice of its provider.
    Service {
        /// The service as it was named.
        service: ServiceId,
        /// What follows it: empty, or beginning with `/`; normalised, still percent-encoded.
        path: String,
    },
    /// Who takes part (X-Road PR-META §2).
    ListClients,
}

impl Asked {
    /// Reads a path as it came.
    ///
    /// # Errors
    /// [`Code::AmbiguousPath`] when it could be read in two ways, [`Code::BadRequest`] when it asks for nothing we know.
    pub fn read(raw: &str) -> Result<Self, Refusal> {
        let normal =
            path::normalize(raw).map_err(|error| Refusal::new(Code::AmbiguousPath).detail(error.to_string()))?;
        if normal == "/listClients" {
            return Ok(Self::ListClients);
        }
        let unknown =
            || Refusal::new(Code::BadRequest).detail("the path must be /r1/instance/class/member/subsystem/service");
        let rest = normal.strip_prefix("/r1/").ok_or_else(unknown)?;
        let end = rest.match_indices('/').nth(4).map_or(rest.len(), |(end, _)| end);
        let (id, path) = rest.split_at_checked(end).ok_or_else(unknown)?;
        Ok(Self::Service { service: service(id).ok_or_else(unknown)?, path: path.to_owned() })
    }
}

/// The id, each part decoded on its own (PR-REST §4.2).
fn service(encoded: &str) -> Option<ServiceId> {
    if !encoded.contains('%') {
        return ServiceId::parse(encoded).ok();
    }
    let parts: Vec<String> = encoded.split('/').map(path::decoded).collect();
    if !parts.iter().all(|part| is_part(part)) {
        return None;
    }
    ServiceId::parse(&parts.join("/")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(service: &str, path: &str) -> Asked {
        Asked::Service { service: ServiceId::parse(service).unwrap(), path: path.to_owned() }
    }

    #[test]
    fn a_path_names_a_service_and_what_follows() {
        for (raw, service, path) in [
            ("/r1/VN/GOV/000.00.15.H19/mot-cua/HoSo", "VN/GOV/000.00.15.H19/mot-cua/HoSo", ""),
            ("/r1/VN/GOV/000.00.15.H19/mot-cua/HoSo/", "VN/GOV/000.00.15.H19/mot-cua/HoSo", "/"),
            ("/r1/VN/GOV/a/b/c/d/e%20f", "VN/GOV/a/b/c", "/d/e%20f"),
            ("/r1/V%4e/GOV/a%2b/b%28/c%3f/%41", "VN/GOV/a+/b(/c?", "/A"),
        ] {
            assert_eq!(Asked::read(raw), Ok(asked(service, path)), "{raw}");
        }
        assert_eq!(Asked::read("/listClients"), Ok(Asked::ListClients));
    }

    #[test]
    fn a_path_that_names_none_is_a_bad_request() {
        for raw in [
            "/",
            "/r1",
            "/r1/",
            "/r1/VN/GOV/a/b",
            "/r2/VN/GOV/a/b/c",
            "/R1/VN/GOV/a/b/c",
            "/r1/VN/GOV/a/b/",
            "/r1/VN/GOV/a/b/c%20d",
            "/r1/VN/GOV/a/b/c%25",
            "/r1/VN/GOV/a/b/%E1%BB%99",
            "/r11/VN/GOV/a/b/c",
            "/listclients",
            "/listClients/",
        ] {
            assert_eq!(Asked::read(raw).unwrap_err().code, Code::BadRequest, "{raw}");
        }
    }
}
