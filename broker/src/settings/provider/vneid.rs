//! `[provider.NAME]` of dialect `vneid`.

use std::time::Duration;

use adapter_vneid::{BirthDateFormat, Cipher, ClaimNames, Encryption, UserId, VneidSettings};
use boot::settings::Section;
use contract::AccountType;
use secrecy::{ExposeSecret, SecretSlice};
use types::{AuthLevel, ProviderId};

use super::{account_level, report, time, words};

const BIRTH_DATES: [(&str, BirthDateFormat); 4] = [
    ("yyyy-MM-dd", BirthDateFormat::Iso),
    ("dd/MM/yyyy", BirthDateFormat::DayFirst),
    ("yyyyMMdd", BirthDateFormat::Compact),
    ("yyyy", BirthDateFormat::Year),
];

const ACCOUNT_TYPES: [(&str, AccountType); 2] =
    [("person", AccountType::Person), ("organisation", AccountType::Organisation)];

pub(super) fn read(id: ProviderId, asserted: Option<AuthLevel>, section: &Section<'_>) -> Option<VneidSettings> {
    let issuer = section.text("issuer").required();
    let (authorize_url, token_url) = (section.url("authorize_url").required(), section.url("token_url").required());
    let userinfo_url = section.url("userinfo_url").required();
    let logout_url = section.url("logout_url").optional();
    let logout_return_parameter = section.text("logout_return_parameter").optional();
    let client_id = section.text("client_id").required();
    let client_secret = section.secret_file("client_secret_file").required();
    let private_key = section.secret_file("private_key_file").required();
    let scope = section.text("scope").or(VneidSettings::DEFAULT_SCOPE.to_owned());
    let cipher =
        section.one_of("cipher", &[("aes-ecb", Cipher::AesEcb), ("aes-cbc", Cipher::AesCbc)]).or(Cipher::default());
    let encryption = section
        .one_of("encryption", &[("required", Encryption::Required), ("accepted", Encryption::Accepted)])
        .or(Encryption::default());
    let user_id = section
        .one_of("user_id", &[("citizen-number", UserId::CitizenNumber), ("opaque", UserId::Opaque)])
        .or(UserId::default());
    let claims = claim_names(&section.section("claims"));
    let account_levels =
        words(&section.section("account_levels"), VneidSettings::default_account_levels(), |section, word| {
            account_level(section, word).required()
        });
    let account_types =
        words(&section.section("account_types"), VneidSettings::default_account_types(), |section, word| {
            section.one_of(word, &ACCOUNT_TYPES).required()
        });
    let birth_date_formats = birth_dates(section);
    let timeout = time(section, "timeout", Duration::from_mins(1), VneidSettings::DEFAULT_TIMEOUT);
    let max_answer_bytes = section.byte_size("max_answer").or(VneidSettings::DEFAULT_MAX_ANSWER_BYTES);
    let settings = VneidSettings {
        id,
        issuer: issuer?,
        authorize_url: authorize_url?,
        token_url: token_url?,
        userinfo_url: userinfo_url?,
        logout_url: logout_url?,
        logout_return_parameter: logout_return_parameter?,
        client_id: client_id?,
        client_secret: client_secret?,
        scope: scope?,
        private_key: SecretSlice::from(private_key?.expose_secret().as_bytes().to_vec()),
        cipher: cipher?,
        encryption: encryption?,
        user_id: user_id?,
        claims: claims?,
        account_levels: account_levels?,
        account_types: account_types?,
        birth_date_formats: birth_date_formats?,
        asserted_level: asserted?,
        timeout: timeout?,
        max_answer_bytes: max_answer_bytes?,
    };
    report(section, settings.faults());
    Some(settings)
}

fn birth_dates(section: &Section<'_>) -> Option<Vec<BirthDateFormat>> {
    let known = |text: &str| {
        let found = BIRTH_DATES.into_iter().find(|(name, _)| *name == text);
        found
            .map(|(_, format)| format)
            .ok_or_else(|| format!("must be one of {}", BIRTH_DATES.map(|(name, _)| name).join(", ")))
    };
    let some = |formats: Vec<BirthDateFormat>| if formats.is_empty() { Err("must not be empty") } else { Ok(formats) };
    section.list_of("birth_dates", known).parse(some).or(BirthDateFormat::ALL.to_vec())
}

fn claim_names(section: &Section<'_>) -> Option<ClaimNames> {
    let default = ClaimNames::default();
    let user_id = section.text("user_id").or(default.user_id);
    let name = section.text("name").or(default.name);
    let birth_date = section.text("birth_date").or(default.birth_date);
    let account_type = section.text("account_type").or(default.account_type);
    let account_level = section.text("account_level").or(default.account_level);
    Some(ClaimNames {
        user_id: user_id?,
        name: name?,
        birth_date: birth_date?,
        account_type: account_type?,
        account_level: account_level?,
    })
}
