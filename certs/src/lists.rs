//! Which of the revocation lists count, and do they serve the anchors?

use rustls::{crypto::aws_lc_rs::default_provider, pki_types::CertificateDer};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{CertificateError, RevocationList};

/// Of the lists with one issuer and scope the newest: webpki takes the first it finds, and an old one would refuse
/// everybody, or forget a revocation.
pub(crate) fn newest(lists: Vec<RevocationList>) -> Vec<RevocationList> {
    let mut kept: Vec<RevocationList> = Vec::new();
    for list in lists {
        match kept.iter_mut().find(|other| other.same_scope(&list)) {
            Some(other) if other.this_update < list.this_update => *other = list,
            Some(_) => {}
            None => kept.push(list),
        }
    }
    kept
}

/// Every reason why these lists do not serve these anchors: there is none at all, one bears an anchor's name and not its
/// signature, an anchor has none. Lists of other issuers are borne: they may be those of authorities below an anchor.
///
/// # Errors
/// An anchor cannot be read.
pub(crate) fn faults(
    lists: &[RevocationList],
    anchors: &[CertificateDer<'_>],
) -> Result<Vec<CertificateError>, CertificateError> {
    // Without any list webpki would check nothing.
    if lists.is_empty() {
        return Ok(vec![CertificateError::Missing("revocation list")]);
    }
    let anchors: Result<Vec<_>, _> = anchors.iter().map(|der| X509Certificate::from_der(der)).collect();
    let anchors = anchors.map_err(|_| CertificateError::Malformed("anchor"))?;
    let anchors: Vec<_> = anchors.into_iter().map(|(_, anchor)| anchor).collect();
    let forged = lists.iter().filter(|list| is_forged(list, &anchors));
    let forged = forged.map(|list| CertificateError::ListSignature { issuer: list.issuer.clone() });
    let alone = anchors.iter().filter(|anchor| !lists.iter().any(|list| bears_name(list, anchor)));
    let alone = alone.map(|anchor| CertificateError::NoList { authority: anchor.subject().to_string() });
    Ok(forged.chain(alone).collect())
}

fn bears_name(list: &RevocationList, anchor: &X509Certificate<'_>) -> bool {
    anchor.subject().as_raw() == list.issuer_der.as_slice()
}

/// Whether it bears the name of an anchor, and no anchor of that name signed it. The list of an authority below an anchor
/// can be checked only with the chain of a peer, which webpki does.
fn is_forged(list: &RevocationList, anchors: &[X509Certificate<'_>]) -> bool {
    let algorithms = default_provider().signature_verification_algorithms.all;
    let mut authorities = anchors.iter().filter(|anchor| bears_name(list, anchor)).peekable();
    authorities.peek().is_some() && !authorities.any(|anchor| list.is_signed_by(anchor, algorithms))
}
