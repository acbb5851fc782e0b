//! Whom do we trust? Anchors and the revocation lists of their authorities, for one purpose.

use std::{fmt, sync::Arc};

use aws_lc_rs::digest::{Context, SHA256};
use clock::Timestamp;
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs::default_provider},
    pki_types::{CertificateDer, UnixTime},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{
    CertificateError, Distrust, ListFile, PeerCertificate, Revocation, RevocationList, peer::Good, pem,
    verifier::distrust,
};

/// Anchors with their revocation lists. It never changes; a new one takes its place.
pub struct Trust {
    version: [u8; 32],
    revocation: Revocation,
    lists: Vec<RevocationList>,
    pub(crate) clients: Arc<dyn ClientCertVerifier>,
    pub(crate) servers: Arc<dyn ServerCertVerifier>,
}

impl Trust {
    /// Reads anchors (PEM) and any number of files of revocation lists. Of the lists of one issuer only the newest counts.
    ///
    /// # Errors
    /// No anchor; no list although revocation is to be checked; something that cannot be read; a list that bears an
    /// anchor's name and not its signature.
    pub fn new(anchors: &[u8], lists: &[ListFile], revocation: Revocation) -> Result<Self, CertificateError> {
        let lists: Vec<_> = match revocation {
            Revocation::Checked { .. } => lists.iter().map(ListFile::lists).collect::<Result<_, _>>()?,
            Revocation::NotChecked => Vec::new(),
        };
        Self::of(anchors, lists.into_iter().flatten().collect(), revocation)
    }

    /// The same with lists that have been read.
    pub(crate) fn of(
        anchors: &[u8],
        lists: Vec<RevocationList>,
        revocation: Revocation,
    ) -> Result<Self, CertificateError> {
        let provider = Arc::new(default_provider());
        let anchors = pem::certificates(anchors)?;
        let mut roots = RootCertStore::empty();
        for anchor in &anchors {
            roots.add(anchor.clone()).map_err(|_| CertificateError::Malformed("anchor"))?;
        }
        let lists = newest(lists);
        // Without any list webpki would check nothing.
        if lists.is_empty() && revocation != Revocation::NotChecked {
            return Err(CertificateError::Missing("revocation list"));
        }
        check_signatures(&lists, &anchors, &provider)?;
        let version = version(&anchors, &lists, revocation);
        let (clients, servers) = verifiers(roots, &lists, &provider).map_err(CertificateError::Verifier)?;
        Ok(Self { version, revocation, lists, clients, servers })
    }

    /// The revocation lists in use, one per issuer and scope.
    #[must_use]
    pub fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// When the first of the revocation lists becomes too old; `None` when revocation is not checked.
    #[must_use]
    pub fn lists_good_until(&self) -> Option<Timestamp> {
        let Revocation::Checked { most_age } = self.revocation else { return None };
        self.lists.iter().map(|list| list.good_until(most_age)).min()
    }

    /// Whether a peer may still be believed: chain, time and revocation, by this trust and at this moment. The whole check
    /// is made once per trust and peer; after that it is a comparison, cheap enough for every request.
    ///
    /// # Errors
    /// Why it may not.
    pub fn still_good(&self, peer: &PeerCertificate, now: Timestamp) -> Result<(), Distrust> {
        if peer.good().is_some_and(|good| good.trust == self.version && good.from <= now && now < good.until) {
            return Ok(());
        }
        let (end_entity, intermediates) = peer.chain().split_first().ok_or(Distrust::Unusable)?;
        self.clients.verify_client_cert(end_entity, intermediates, unix(now)).map_err(|error| distrust(&error))?;
        let (from, until) = self.window(peer.chain(), now)?;
        peer.found_good(Good { trust: self.version, from, until });
        Ok(())
    }

    /// Checks that the lists of every issuer in `chain` are of an age that is accepted, and says between which moments the
    /// answer cannot change.
    pub(crate) fn window(
        &self,
        chain: &[CertificateDer<'_>],
        now: Timestamp,
    ) -> Result<(Timestamp, Timestamp), Distrust> {
        let (mut from, mut until) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
        for der in chain {
            let (_, certificate) = X509Certificate::from_der(der).map_err(|_| Distrust::Unusable)?;
            let validity = certificate.validity();
            from = from.max(Timestamp::from_seconds(validity.not_before.timestamp()));
            until = until.min(Timestamp::from_seconds(validity.not_after.timestamp()));
            let Revocation::Checked { most_age } = self.revocation else { continue };
            for list in self.lists.iter().filter(|list| list.issuer_der == certificate.issuer().as_raw()) {
                let (good_from, good_until) = (list.good_from(), list.good_until(most_age));
                if now < good_from || good_until <= now {
                    return Err(Distrust::ListTooOld);
                }
                from = from.max(good_from);
                until = until.min(good_until);
            }
        }
        Ok((from, until))
    }

    /// Checks that no list is older than the one for the same scope in `present`.
    ///
    /// # Errors
    /// [`CertificateError::OlderList`].
    pub fn check_follows(&self, present: &Self) -> Result<(), CertificateError> {
        for list in &self.lists {
            let older = |before: &&RevocationList| before.same_scope(list) && list.this_update < before.this_update;
            if present.lists.iter().any(|before| older(&before)) {
                return Err(CertificateError::OlderList { issuer: list.issuer.clone() });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("revocation", &self.revocation)
            .field("lists", &self.lists.len())
            .finish_non_exhaustive()
    }
}

pub(crate) fn unix(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(u64::try_from(now.seconds()).unwrap_or_default()))
}

/// Of the lists with one issuer and scope the newest: webpki takes the first it finds, and an old one would refuse
/// everybody, or forget a revocation.
fn newest(lists: Vec<RevocationList>) -> Vec<RevocationList> {
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

fn check_signatures(
    lists: &[RevocationList],
    anchors: &[CertificateDer<'_>],
    provider: &CryptoProvider,
) -> Result<(), CertificateError> {
    let anchors: Result<Vec<_>, _> = anchors.iter().map(|der| X509Certificate::from_der(der)).collect();
    let anchors = anchors.map_err(|_| CertificateError::Malformed("anchor"))?;
    for list in lists {
        let mut authorities =
            anchors.iter().filter(|(_, anchor)| anchor.subject().as_raw() == list.issuer_der.as_slice()).peekable();
        // The list of an authority below an anchor can be checked only with the chain of a peer, which webpki does.
        let known = authorities.peek().is_some();
        let algorithms = provider.signature_verification_algorithms.all;
        if known && !authorities.any(|(_, anchor)| list.is_signed_by(anchor, algorithms)) {
            return Err(CertificateError::ListSignature { issuer: list.issuer.clone() });
        }
    }
    Ok(())
}

fn version(anchors: &[CertificateDer<'_>], lists: &[RevocationList], revocation: Revocation) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        context.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(bytes);
    };
    for anchor in anchors {
        part(anchor);
    }
    part(&[]);
    for list in lists {
        part(&list.der);
    }
    let age = match revocation {
        Revocation::Checked { most_age } => most_age.as_micros(),
        Revocation::NotChecked => u128::MAX,
    };
    part(&age.to_be_bytes());
    let mut version = [0; 32];
    version.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    version
}

type Verifiers = (Arc<dyn ClientCertVerifier>, Arc<dyn ServerCertVerifier>);

fn verifiers(
    roots: RootCertStore,
    lists: &[RevocationList],
    provider: &Arc<CryptoProvider>,
) -> Result<Verifiers, rustls::server::VerifierBuilderError> {
    let roots = Arc::new(roots);
    let lists = || lists.iter().map(|list| list.der.clone());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
        .with_crls(lists())
        .enforce_revocation_expiration()
        .build()?;
    let servers = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .with_crls(lists())
        .enforce_revocation_expiration()
        .build()?;
    Ok((clients, servers))
}
