//! What the contract with the owner of the database fixes. Nothing here reads a file.

use adapter_soap::RestSettings;
use secrecy::SecretString;

/// Everything that the adapter is told.
#[derive(Clone)]
pub struct PopulationSettings {
    /// Where the database is and how it is reached.
    pub upstream: RestSettings,
    /// Who we are in `X-Road-Client`: `INSTANCE/CLASS/CODE/SUBSYSTEM`.
    pub client: String,
    /// The value of `ApiKey`.
    pub api_key: SecretString,
    /// Our user there.
    pub user: String,
    /// Its secret; only a digest of it travels.
    pub secret: SecretString,
    /// The address that goes into that digest.
    pub auth_url: String,
    /// `MaTichHop`, the code of the integration, as `037`.
    pub integration: String,
    /// `TaiKhoan`, when one was agreed.
    pub account: Option<String>,
    /// `SoDienThoai`, when one was agreed.
    pub phone: Option<String>,
}
