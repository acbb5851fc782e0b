//! A provider that does as the callback tells it: the `code` names the person, or the way in which it fails.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use contract::{AccountType, Attempt, Callback, IdentityProvider, PersonProfile, ProviderError, VerifiedIdentity};
use tokio::sync::Semaphore;
use types::{AccountLevel, AuthLevel, PersonalId, ProviderId};
use url::Url;

/// The number of Nguyễn Văn An.
pub const NUMBER_OF_AN: &str = "075085000001";

/// The provider, and how often it was asked.
pub struct Fake {
    id: ProviderId,
    redeemed: AtomicUsize,
    broken: AtomicBool,
    answers: Semaphore,
}

impl Fake {
    /// A provider of this name.
    #[must_use]
    pub fn named(id: &str) -> Arc<Self> {
        Arc::new(Self {
            id: ProviderId::parse(id).unwrap(),
            redeemed: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            answers: Semaphore::new(0),
        })
    }

    /// Makes it give no address to log in at.
    pub fn break_login(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// Lets it answer so many callbacks that it left hanging (`code=hangs`).
    pub fn answer(&self, hanging: usize) {
        self.answers.add_permits(hanging);
    }

    /// How many callbacks reached it.
    #[must_use]
    pub fn redeemed(&self) -> usize {
        self.redeemed.load(Ordering::SeqCst)
    }

    fn person(&self, number: &str, name: &str, asserted: u8, account: Option<u8>) -> VerifiedIdentity {
        VerifiedIdentity {
            issuer: format!("https://{}.test", self.id),
            subject: number.to_owned(),
            asserted: AuthLevel::try_from(asserted).unwrap(),
            account_level: account.map(|level| AccountLevel::try_from(level).unwrap()),
            account_type: AccountType::Person,
            citizen_id: Some(PersonalId::parse(number).unwrap()),
            auth_time: None,
            profile: PersonProfile {
                name: Some(name.to_owned()),
                birthdate: Some("1985-03-12".to_owned()),
                ..PersonProfile::default()
            },
        }
    }
}

#[async_trait]
impl IdentityProvider for Fake {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    async fn login_url(&self, attempt: &Attempt) -> Result<Url, ProviderError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(ProviderError::Keys);
        }
        let mut url: Url = format!("https://{}.test/login", self.id).parse().unwrap();
        url.query_pairs_mut()
            .append_pair("state", &attempt.state)
            .append_pair("redirect_uri", attempt.redirect_uri.as_str())
            .append_pair("fresh", if attempt.fresh { "yes" } else { "no" });
        Ok(url)
    }

    async fn redeem(&self, _: &Attempt, callback: &Callback) -> Result<VerifiedIdentity, ProviderError> {
        self.redeemed.fetch_add(1, Ordering::SeqCst);
        match callback.raw_parameter("code").as_deref() {
            Some("an") => Ok(self.person(NUMBER_OF_AN, "Nguyễn Văn An", 1, Some(2))),
            Some("an-strong") => Ok(self.person(NUMBER_OF_AN, "Nguyễn Văn An", 2, Some(2))),
            Some("an-boasts") => Ok(self.person(NUMBER_OF_AN, "Nguyễn Văn An", 4, Some(2))),
            Some("an-silent") => Ok(self.person(NUMBER_OF_AN, "Nguyễn Văn An", 0, None)),
            Some("chau") => Ok(self.person("067209000003", "Lê Minh Châu", 1, Some(1))),
            Some("giang") => Ok(self.person("075172000006", "Võ Thị Giang", 1, Some(2))),
            Some("markup") => Ok(self.person("075079000004", "<script>alert(1)</script>", 1, Some(2))),
            Some("hangs") => {
                self.answers.acquire().await.unwrap().forget();
                Ok(self.person(NUMBER_OF_AN, "Nguyễn Văn An", 1, Some(2)))
            }
            Some("declined") => Err(ProviderError::Declined),
            Some("unreachable") => Err(ProviderError::Unreachable),
            Some("timeout") => Err(ProviderError::Timeout),
            Some("refused") => Err(ProviderError::Refused),
            Some("nonsense") => Err(ProviderError::Message),
            Some("nobody") => Err(ProviderError::Identity),
            Some("keyless") => Err(ProviderError::Keys),
            _ => Err(ProviderError::Response),
        }
    }

    fn logout_url(&self, return_to: &Url) -> Option<Url> {
        let mut url: Url = format!("https://{}.test/logout", self.id).parse().ok()?;
        url.query_pairs_mut().append_pair("return_to", return_to.as_str());
        Some(url)
    }
}
