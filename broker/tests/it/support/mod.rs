//! The site under attack, the browsers and clients that come to it, and what it logs.

pub mod answer;
pub mod ask;
pub mod browser;
pub mod clients;
pub mod logs;
pub mod provider;
pub mod site;
pub mod store;

pub use answer::Answer;
pub use ask::Ask;
pub use browser::Browser;
pub use site::{Change, Site};

/// The issuer of the site: https, so that cookies have their `__Host-` names.
pub const ISSUER: &str = "https://dangnhap.test";

/// Makes a test of each named function of the module, on the embedded store and on Postgres with Redis. A macro, because
/// only a macro can make tests.
macro_rules! on_both_stores {
    ($($case:ident),+ $(,)?) => {
        mod embedded {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case($crate::support::Site::open().await).await;
                }
            )+
        }
        mod cluster {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                #[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
                async fn $case() {
                    super::$case($crate::support::Site::open_on_servers().await).await;
                }
            )+
        }
    };
}

pub(crate) use on_both_stores;
