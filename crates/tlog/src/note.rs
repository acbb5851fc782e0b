//! Text signed with Ed25519, in the form of C2SP `signed-note`.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::hash::Hash;

/// The signature type of Ed25519.
const TYPE: u8 = 1;

/// The longest note that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// How many signatures of a note are looked at.
const MOST: usize = 16;

/// Why a note, a verifier key or a signing key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The private key is not Ed25519 in PKCS #8.
    #[error("the private key is not an Ed25519 key in PKCS #8")]
    Key,
    /// A key name is empty or has a space or `+` in it.
    #[error("the key name is empty or has a space or a plus sign in it")]
    Name,
    /// The text is not a verifier key of the type Ed25519.
    #[error("the verifier key cannot be read")]
    VerifierKey,
    /// The note has not the form of a note.
    #[error("the note cannot be read")]
    Form,
    /// No signature is by the key.
    #[error("the note is not signed by the log's key")]
    Unsigned,
    /// A signature that names the key does not hold.
    #[error("the signature of the note does not hold")]
    Signature,
}

/// A public key by its name: the vkey of the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl Verifier {
    /// Gives a key its name.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        if name.is_empty()
            || name.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '+')
        {
            return Err(NoteError::Name);
        }
        let hash = Hash::of_parts([name.as_bytes(), &[b'\n', TYPE], &public]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], public })
    }

    /// Reads `name+id+key`.
    ///
    /// # Errors
    /// [`NoteError::VerifierKey`] when it is no key of the type Ed25519, or its id is not that of name and key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let read = || {
            let (name, rest) = text.split_once('+')?;
            // Base64 may have a plus sign of its own.
            let (_, key) = rest.split_once('+')?;
            let key = STANDARD.decode(key).ok()?;
            let (kind, public) = key.split_first()?;
            let verifier = Self::new(name, public.try_into().ok()?).ok()?;
            (*kind == TYPE && verifier.to_string() == text).then_some(verifier)
        };
        read().ok_or(NoteError::VerifierKey)
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of a note that this key has signed. Signatures of other keys are left out of account; one that names this
    /// key and does not hold condemns the note.
    ///
    /// # Errors
    /// [`NoteError::Form`], [`NoteError::Unsigned`], [`NoteError::Signature`].
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let control = |byte: u8| byte < 0x20 && byte != b'\n';
        if note.len() > LONGEST || note.bytes().any(control) {
            return Err(NoteError::Form);
        }
        let end = note.rfind("\n\n").ok_or(NoteError::Form)? + 1;
        let (text, signatures) = note.split_at_checked(end).ok_or(NoteError::Form)?;
        let signatures = signatures.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let lines = signatures.ok_or(NoteError::Form)?.split('\n');
        let mut holds = false;
        for (place, line) in lines.enumerate() {
            let (name, encoded) =
                line.strip_prefix("— ").and_then(|line| line.split_once(' ')).ok_or(NoteError::Form)?;
            let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Form)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Form)?;
            if name.is_empty() || place >= MOST {
                return Err(NoteError::Form);
            }
            if name == self.name && *id == self.id {
                let key = UnparsedPublicKey::new(&ED25519, self.public);
                key.verify(text.as_bytes(), signature).map_err(|_| NoteError::Signature)?;
                holds = true;
            }
        }
        if holds { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.id;
        let key = STANDARD.encode([&[TYPE], self.public.as_slice()].concat());
        write!(f, "{}+{a:02x}{b:02x}{c:02x}{d:02x}+{key}", self.name)
    }
}

/// A private key that signs notes under its name.
pub struct Signer {
    verifier: Verifier,
    pair: Ed25519KeyPair,
}

impl Signer {
    /// Makes a new key, as PKCS #8 DER.
    ///
    /// # Errors
    /// [`NoteError::Key`] when the provider cannot make one.
    pub fn generate() -> Result<Vec<u8>, NoteError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| NoteError::Key)?;
        Ok(pair.to_pkcs8().map_err(|_| NoteError::Key)?.as_ref().to_vec())
    }

    /// Reads PKCS #8 DER and gives the key its name, which for a checkpoint is the origin of the log.
    ///
    /// # Errors
    /// [`NoteError::Key`], [`NoteError::Name`].
    pub fn from_pkcs8(name: &str, der: &[u8]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Key)?;
        Ok(Self { verifier: Verifier::new(name, public)?, pair })
    }

    /// The public face.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text that ends in a line feed.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let encoded = STANDARD.encode([self.verifier.id.as_slice(), signature.as_ref()].concat());
        format!("{text}\n— {} {encoded}\n", self.verifier.name)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // C2SP signed-note, "Example".
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_example_of_the_specification_holds() {
        let verifier = Verifier::parse(KEY).unwrap();
        assert_eq!(verifier.to_string(), KEY);
        assert_eq!(verifier.open(NOTE), Ok("This is an example message.\n"));
    }

    #[test]
    fn a_changed_note_does_not_hold() {
        let verifier = Verifier::parse(KEY).unwrap();
        for (from, to, error) in [
            ("example message", "example massage", NoteError::Signature),
            ("yaQM=", "yaQI=", NoteError::Signature),
            ("example.com/foo", "example.com/bar", NoteError::Unsigned),
            ("Uw2QO", "Uw2QP", NoteError::Unsigned),
            ("—", "-", NoteError::Form),
            ("\n\n", "\n", NoteError::Form),
            ("message.", "message\r", NoteError::Form),
            ("yaQM=", "yaQN=", NoteError::Form),
        ] {
            let changed = NOTE.replacen(from, to, 1);
            assert_ne!(changed, NOTE);
            assert_eq!(verifier.open(&changed), Err(error), "{to:?}");
        }
        assert_eq!(verifier.open(""), Err(NoteError::Form));
        assert_eq!(verifier.open(NOTE.trim_end()), Err(NoteError::Form));
    }

    #[test]
    fn a_key_that_is_not_its_own_id_is_refused() {
        for (from, to) in
            [("530d903a", "530d903b"), ("530d903a", "530D903A"), ("+Aeky", "+Beky"), ("foo+", "fo o+"), ("U2k", "U2l")]
        {
            assert_eq!(Verifier::parse(&KEY.replacen(from, to, 1)), Err(NoteError::VerifierKey), "{to}");
        }
        assert_eq!(Verifier::new("a b", [0; 32]), Err(NoteError::Name));
    }

    #[test]
    fn what_a_key_signs_it_verifies_beside_other_signatures() {
        let signer = Signer::from_pkcs8("lgsp.example/log", &Signer::generate().unwrap()).unwrap();
        let other = Signer::from_pkcs8("witness.example", &Signer::generate().unwrap()).unwrap();
        let note = signer.sign("one\n\ntwo\n");
        assert_eq!(signer.verifier().open(&note), Ok("one\n\ntwo\n"));
        assert_eq!(other.verifier().open(&note), Err(NoteError::Unsigned));
        let line = other.sign("one\n\ntwo\n").rsplit_once("\n\n").unwrap().1.to_owned();
        let both = format!("{note}{line}");
        assert_eq!(signer.verifier().open(&both), Ok("one\n\ntwo\n"));
        assert_eq!(other.verifier().open(&both), Ok("one\n\ntwo\n"));
    }
}
