//! Everything that is wrong with the files, not only the first: what an operator wants to read before a start.

use clock::Timestamp;

use crate::{CertificateError, Files, Identity, ListFile, Revocation, RevocationList, Trust, lists, pem};

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
    /// Every fault of these files at this moment, also what [`Live::load`](crate::Live::load) would take and nobody would get
    /// in by: a revocation list that is too old.
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
        let anchors = self.read_anchors().and_then(|pem| {
            let anchors = pem::certificates(&pem)?;
            Trust::of(&anchors, Vec::new(), Revocation::NotChecked)?;
            Ok(anchors)
        });
        let anchors = keep(&mut faults, Part::Anchors, anchors);
        let lists = self.lists(&mut faults);
        if let (Some(anchors), Some(lists), Revocation::Checked { most_age }) = (anchors, lists, self.revocation) {
            let unserved = keep(&mut faults, Part::Anchors, lists::faults(&lists, &anchors)).unwrap_or_default();
            let untimely = lists.iter().filter_map(|list| list.check_time(most_age, now).err());
            faults.extend(unserved.into_iter().chain(untimely).map(|error| (Part::RevocationLists, error)));
        }
        faults
    }

    /// The lists that count, or `None` after the faults of those files that cannot be used.
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
        (faults.len() == before).then(|| lists::newest(lists.into_iter().flatten().collect()))
    }
}

fn keep<T>(faults: &mut Vec<(Part, CertificateError)>, part: Part, outcome: Result<T, CertificateError>) -> Option<T> {
    outcome.map_err(|error| faults.push((part, error))).ok()
}
