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
    CertificateError, Distrust, ListFile, PeerCertificate, Revocation, RevocationList, lists, peer::Good, pem,
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
    /// No anchor; an anchor without a list although revocation is to be checked; something that cannot be read; a list that
    /// bears an anchor's name and not its signature.
    pub fn new(anchors: &[u8], lists: &[ListFile], revocation: Revocation) -> Result<Self, CertificateError> {
        let lists: Vec<_> = match revocation {
            Revocation::Checked { .. } => lists.iter().map(ListFile::lists).collect::<Result<_, _>>()?,
            Revocation::NotChecked => Vec::new(),
        };
        Self::of(&pem::certificates(anchors)?, lists.into_iter().flatten().collect(), revocation)
    }

    /// The same with what has been read.
    pub(crate) fn of(
        anchors: &[CertificateDer<'static>],
        lists: Vec<RevocationList>,
        revocation: Revocation,
    ) -> Result<Self, CertificateError> {
        let provider = Arc::new(default_provider());
        let mut roots = RootCertStore::empty();
        for anchor in anchors {
            roots.add(anchor.clone()).map_err(|_| CertificateError::Malformed("anchor"))?;
        }
        let lists = lists::newest(lists);
        if revocation != Revocation::NotChecked {
            lists::faults(&lists, anchors)?.into_iter().next().map_or(Ok(()), Err)?;
        }
        let version = version(anchors, &lists, revocation);
        let (clients, servers) = verifiers(roots, &lists, &provider).map_err(CertificateError::Verifier)?;
        Ok(Self { version, revocation, lists, clients, servers })
    }

    /// The revocation lists in use, one per issuer and scope.
    #[must_use]
    pub fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// From when on all revocation lists may be used; `None` when revocation is not checked.
    #[must_use]
    pub fn lists_good_from(&self) -> Option<Timestamp> {
        self.lists.iter().map(RevocationList::good_from).max()
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

    /// Checks that no list is from the future. One that is too old is no error here: nobody gets in by it, and the next takes
    /// its place.
    ///
    /// # Errors
    /// [`CertificateError::ListNotYetValid`].
    pub fn check_begun(&self, now: Timestamp) -> Result<(), CertificateError> {
        match self.lists.iter().find(|list| now < list.good_from()) {
            Some(list) => {
                Err(CertificateError::ListNotYetValid { issuer: list.issuer.clone(), from: list.good_from() })
            }
            None => Ok(()),
        }
    }

    /// Checks that this may take the place of `present` now: no list is older than the one for the same scope, none is gone
    /// that is still needed, and a list that may be used does not give way to one that is too old, nor get one beside it.
    ///
    /// # Errors
    /// [`CertificateError::OlderList`], [`CertificateError::ListGone`], [`CertificateError::ListTooOld`] and
    /// [`CertificateError::ListNotYetValid`].
    pub fn check_follows(&self, present: &Self, now: Timestamp) -> Result<(), CertificateError> {
        let Revocation::Checked { most_age } = self.revocation else { return Ok(()) };
        let check = |list: &RevocationList| list.check_time(most_age, now);
        for before in &present.lists {
            let issuer = || before.issuer.clone();
            match self.lists.iter().find(|list| list.same_scope(before)) {
                Some(list) if list.this_update < before.this_update => {
                    return Err(CertificateError::OlderList { issuer: issuer() });
                }
                Some(list) if check(before).is_ok() => check(list)?,
                // Without it webpki believes nobody of its authority, but nothing would be left to tell that a list that
                // comes later is older. Past the age limit every older one is too old as well.
                None if now < before.this_update.plus(most_age) && self.keeps_anchors_of(present) => {
                    return Err(CertificateError::ListGone { issuer: issuer() });
                }
                _ => {}
            }
        }
        let all_hold = present.lists.iter().all(|list| check(list).is_ok());
        if all_hold { self.lists.iter().try_for_each(check) } else { Ok(()) }
    }

    /// Whether no anchor of `present` was dropped: with one go the lists of all authorities below it, whichever these are.
    fn keeps_anchors_of(&self, present: &Self) -> bool {
        let (kept, before) = (self.clients.root_hint_subjects(), present.clients.root_hint_subjects());
        before.iter().all(|name| kept.iter().any(|other| other.as_ref() == name.as_ref()))
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
