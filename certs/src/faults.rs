//! Everything that is wrong with the files, not only the first: what an operator wants to read before a start.

use clock::Timestamp;

use crate::{CertificateError, Files, Identity, ListFile, Revocation, RevocationList, Trust, pem};

/// Which of the [`Files`] a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Our chain.
    Chain,
    /// Our private key.
    Key,
    /// The authorities we trust.
    Anchors,
    /// Their revocation lists.
    RevocationLists,
}

impl Files {
    /// Every fault of these files at this moment; none when [`Live::load`](crate::Live::load) would succeed.
    #[must_use]
    pub fn faults(&self, now: Timestamp) -> Vec<(Part, CertificateError)> {
        let mut faults = Vec::new();
        let chain = keep(&mut faults, Part::Chain, pem::read(&self.chain, pem::MOST_PEM));
        let key = keep(&mut faults, Part::Key, pem::read_key(&self.key));
        if let (Some(chain), Some(key)) = (chain, key) {
            let identity = Identity::from_pem(&chain, &key);
            let part = match &identity {
                Err(CertificateError::KeyMismatch | CertificateError::Malformed("private key")) => Part::Key,
                _ => Part::Chain,
            };
            keep(&mut faults, part, identity.and_then(|identity| identity.check_time(now)));
        }
        let anchors = self.read_anchors().and_then(|pem| pem::certificates(&pem).map(|_| pem));
        let anchors = keep(&mut faults, Part::Anchors, anchors);
        let lists = self.lists(&mut faults);
        if let (Some(anchors), Some(lists)) = (anchors, lists) {
            let trust = Trust::of(&anchors, lists, self.revocation);
            let part = match &trust {
                Err(CertificateError::Missing("revocation list") | CertificateError::ListSignature { .. }) => {
                    Part::RevocationLists
                }
                _ => Part::Anchors,
            };
            keep(&mut faults, part, trust);
        }
        faults
    }

    /// All lists, or `None` after the faults of those files that cannot be used.
    fn lists(&self, faults: &mut Vec<(Part, CertificateError)>) -> Option<Vec<RevocationList>> {
        if self.revocation == Revocation::NotChecked {
            return Some(Vec::new());
        }
        let before = faults.len();
        let mut lists = Vec::new();
        for path in &self.revocation_lists {
            let files = keep(faults, Part::RevocationLists, pem::read_lists(path)).unwrap_or_default();
            lists.extend(files.iter().filter_map(|file| keep(faults, Part::RevocationLists, ListFile::lists(file))));
        }
        (faults.len() == before).then(|| lists.into_iter().flatten().collect())
    }
}

fn keep<T>(faults: &mut Vec<(Part, CertificateError)>, part: Part, outcome: Result<T, CertificateError>) -> Option<T> {
    outcome.map_err(|error| faults.push((part, error))).ok()
}
