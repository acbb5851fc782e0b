//! Both configurations against each other, without a network.

use std::{sync::Arc, time::Duration};

use certs::{
    Identity, Revocation, Trust,
    authority::{Authority, Issued, KeyKind, Leaf, Usage},
    tls::{client_config, server_config},
};
use clock::{Clock, FixedClock};
use rustls::{CertificateError, ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection};

use crate::support::{CHECKED, DAY, HOUR, NOW, authority, file, issue, leaf, list};

fn server_leaf(name: &str) -> Leaf<'_> {
    Leaf { usages: &[Usage::Server], dns: &["register.example"], ..leaf(name) }
}

fn identity(issued: &Issued) -> Identity {
    Identity::from_pem(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes()).unwrap()
}

fn trust(authority: &Authority, age: Duration) -> Arc<Trust> {
    Arc::new(Trust::new(authority.certificate_pem().as_bytes(), &[file(list(authority, age))], CHECKED).unwrap())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(NOW))
}

/// Carries bytes between the two until both are done, or one says why not.
fn shake(client: Arc<ClientConfig>, server: Arc<ServerConfig>, name: &'static str) -> Result<(), Error> {
    let mut client = ClientConnection::new(client, name.try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}

#[test]
fn a_register_is_believed_by_its_name_its_authority_and_its_revocation_list() {
    let mut registers = authority("Registers");
    let callers = authority("Callers");
    let (ours, theirs) =
        (issue(&callers, "gateway"), registers.issue(&server_leaf("register"), KeyKind::P256).unwrap());
    let server = server_config(&identity(&theirs), &trust(&callers, HOUR), &clock()).unwrap();
    let client = |trust: &Arc<Trust>| client_config(Some(&identity(&ours)), trust, &clock()).unwrap();
    let check = |trust: &Arc<Trust>, name, expected: fn(&Error) -> bool| {
        let error = shake(client(trust), Arc::clone(&server), name).unwrap_err();
        assert!(expected(&error), "{error:?}");
    };
    let good = trust(&registers, HOUR);
    assert_eq!(shake(client(&good), Arc::clone(&server), "register.example"), Ok(()));
    check(&good, "other.example", |error| {
        matches!(error, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }))
    });
    check(&trust(&callers, HOUR), "register.example", |error| {
        matches!(error, Error::InvalidCertificate(CertificateError::UnknownIssuer))
    });
    check(&trust(&registers, 2 * DAY), "register.example", |error| {
        matches!(error, Error::InvalidCertificate(CertificateError::ExpiredRevocationList))
    });
    registers.revoke(&theirs.serial, NOW);
    check(&trust(&registers, HOUR), "register.example", |error| {
        matches!(error, Error::InvalidCertificate(CertificateError::Revoked))
    });
}

#[test]
fn a_client_without_an_identity_is_refused_by_a_server_that_demands_one() {
    let all = authority("CA");
    let server = all.issue(&server_leaf("register"), KeyKind::P256).unwrap();
    let server = server_config(&identity(&server), &trust(&all, HOUR), &clock()).unwrap();
    let unchecked = Trust::new(all.certificate_pem().as_bytes(), &[], Revocation::NotChecked).unwrap();
    let client = client_config(None, &Arc::new(unchecked), &clock()).unwrap();
    assert_eq!(shake(client, server, "register.example"), Err(Error::NoCertificatesPresented));
}
