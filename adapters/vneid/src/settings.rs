//! What a contract with the owner of VNeID fixes, as typed settings. Nothing here reads a file.

use std::{collections::BTreeMap, time::Duration};

use contract::AccountType;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use types::{AccountLevel, AuthLevel, ProviderId};
use url::Url;

use crate::{envelope, http};

/// Everything that the adapter is told. Marks of certainty for each fact of the dialect stand in the crate's README.
#[derive(Debug)]
pub struct VneidSettings {
    /// The name in our settings and in `/callback/{provider}`.
    pub id: ProviderId,
    /// Our name for this source of identities: with the user id the link key. The provider itself states none.
    pub issuer: String,
    /// Where the browser goes to log in.
    pub authorize_url: Url,
    /// Where the code is traded.
    pub token_url: Url,
    /// Where the person's facts are fetched.
    pub userinfo_url: Url,
    /// Where the person can end the session there, if there is such an address.
    pub logout_url: Option<Url>,
    /// The query parameter in which the logout address takes the way back, if it takes one.
    pub logout_return_parameter: Option<String>,
    /// Our `client_id` there.
    pub client_id: String,
    /// Our `client_secret` there; it travels in the body of the token request.
    pub client_secret: SecretString,
    /// `scope` of the authorization request.
    pub scope: String,
    /// Our RSA private key, PKCS#8 in PEM, 2048 to 8192 bits: the other half of what was registered there.
    pub private_key: SecretSlice<u8>,
    /// How messages are encrypted under the key that comes with them.
    pub cipher: Cipher,
    /// Whether anything may come unencrypted.
    pub encryption: Encryption,
    /// What the user id is.
    pub user_id: UserId,
    /// Under which names the facts come.
    pub claims: ClaimNames,
    /// Account levels by the provider's word for them. A word that is not here is no level.
    pub account_levels: BTreeMap<String, AccountLevel>,
    /// Account types by the provider's word for them. A word that is not here refuses the login.
    pub account_types: BTreeMap<String, AccountType>,
    /// How birth dates may be written; the first that fits is taken.
    pub birth_date_formats: Vec<BirthDateFormat>,
    /// What a login there amounts to by contract; the provider's answer says nothing about it.
    pub asserted_level: AuthLevel,
    /// For one whole login after the callback, both exchanges together.
    pub timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_answer_bytes: usize,
}

impl VneidSettings {
    /// `scope` unless set.
    pub const DEFAULT_SCOPE: &'static str = "openid";
    /// Time limit unless set.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
    /// Bound of an answer unless set, in bytes.
    pub const DEFAULT_MAX_ANSWER_BYTES: usize = 64 * 1024;

    /// Every fault, with the field it is at; `claims.user_id` is a field of `claims`.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, SettingsError)> {
        let empty = [
            ("issuer", "issuer", self.issuer.is_empty()),
            ("client_id", "client_id", self.client_id.is_empty()),
            ("claims.user_id", "the user id claim", self.claims.user_id.is_empty()),
            ("timeout", "timeout", self.timeout.is_zero()),
            ("max_answer", "max_answer_bytes", self.max_answer_bytes == 0),
        ];
        let empty = empty.into_iter().filter(|(.., is_empty)| *is_empty);
        let empty = empty.map(|(field, name, _)| (field, SettingsError::Empty(name)));
        let addresses = [
            ("token_url", Some(&self.token_url)),
            ("userinfo_url", Some(&self.userinfo_url)),
            ("authorize_url", Some(&self.authorize_url)),
            ("logout_url", self.logout_url.as_ref()),
        ];
        let open = addresses.into_iter().filter(|(_, url)| url.is_some_and(|url| !http::is_acceptable(url)));
        let open = open.map(|(field, _)| (field, SettingsError::Address(field)));
        let key = envelope::private_key(self.private_key.expose_secret()).err();
        empty.chain(open).chain(key.map(|fault| ("private_key_file", fault))).collect()
    }

    /// The words for account levels unless set: `1`, `01`, `2`, `02`.
    #[must_use]
    pub fn default_account_levels() -> BTreeMap<String, AccountLevel> {
        let words =
            [("1", AccountLevel::ONE), ("01", AccountLevel::ONE), ("2", AccountLevel::TWO), ("02", AccountLevel::TWO)];
        words.map(|(word, level)| (word.to_owned(), level)).into()
    }

    /// The words for account types unless set: `1` a person, `2` an organisation.
    #[must_use]
    pub fn default_account_types() -> BTreeMap<String, AccountType> {
        [("1".to_owned(), AccountType::Person), ("2".to_owned(), AccountType::Organisation)].into()
    }
}

/// How the data of a message is encrypted. The key's length, 128, 192 or 256 bits, is whatever came wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cipher {
    /// AES in electronic code book mode with PKCS#7 padding, which Java calls PKCS5.
    #[default]
    AesEcb,
    /// AES in cipher block chaining mode with the same padding; the first 16 bytes are the initialization vector.
    AesCbc,
}

/// Whether messages must be encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encryption {
    /// Code, token and userinfo must all come encrypted.
    #[default]
    Required,
    /// A message that does not claim to be encrypted is taken as it is. One that claims to be must decrypt.
    Accepted,
}

/// What the user id is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserId {
    /// The 12-digit personal identification number. Anything else is refused.
    #[default]
    CitizenNumber,
    /// Some stable text of 1 to 255 visible characters, which says nothing about the person.
    Opaque,
}

/// Under which names the provider states its facts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimNames {
    /// The user id.
    pub user_id: String,
    /// The full name.
    pub name: String,
    /// The birth date.
    pub birth_date: String,
    /// The kind of account.
    pub account_type: String,
    /// The level of the account.
    pub account_level: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            user_id: "citizenPid".to_owned(),
            name: "fullName".to_owned(),
            birth_date: "birthDate".to_owned(),
            account_type: "accountType".to_owned(),
            account_level: "accountLevel".to_owned(),
        }
    }
}

/// A way to write a birth date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum BirthDateFormat {
    /// `1985-03-14`.
    #[serde(rename = "yyyy-MM-dd")]
    Iso,
    /// `14/03/1985`. Day or month `00` means that only the year is known.
    #[serde(rename = "dd/MM/yyyy")]
    DayFirst,
    /// `19850314`.
    #[serde(rename = "yyyyMMdd")]
    Compact,
    /// `1985`.
    #[serde(rename = "yyyy")]
    Year,
}

impl BirthDateFormat {
    /// Every format. No text fits two of them.
    pub const ALL: [Self; 4] = [Self::Iso, Self::DayFirst, Self::Compact, Self::Year];
}

/// Why an adapter cannot be made from its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The private key is not one PEM block of PKCS#8 with an RSA key of 2048 to 8192 bits.
    #[error("the private key is not an RSA key in PKCS#8 PEM of 2048 to 8192 bits")]
    PrivateKey,
    /// An address is neither `https` nor loopback `http`.
    #[error("the {0} must be https, or http on a loopback address")]
    Address(&'static str),
    /// `issuer` or `client_id` is empty, or a limit is zero.
    #[error("{0} must not be empty or zero")]
    Empty(&'static str),
    /// The HTTP client cannot be made, mostly because the machine has no trusted certificates.
    #[error("no HTTP client: are trusted certificates installed?")]
    Client,
}
