//! Whether every part answers: asked over HTTP, as anybody would.

use std::time::Duration;

use futures::future::try_join_all;
use tokio::time::{Instant, sleep};

use super::{Addresses, Part, ProvinceError};

/// Beyond this something is wrong, and waiting does not help.
const LONGEST: Duration = Duration::from_secs(20);
const BETWEEN: Duration = Duration::from_millis(20);

pub(super) async fn all(addresses: &Addresses) -> Result<(), ProvinceError> {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(2))
        .no_proxy()
        .build()
        .map_err(|_| ProvinceError::Build(Part::Broker))?;
    try_join_all(Part::ALL.map(|part| one(&http, addresses, part))).await.map(drop)
}

async fn one(http: &reqwest::Client, addresses: &Addresses, part: Part) -> Result<(), ProvinceError> {
    let Some(path) = part.probe() else { return Ok(()) };
    let address = addresses.at(part, path);
    let started = Instant::now();
    loop {
        let answer = http.get(&address).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        if started.elapsed() > LONGEST {
            return Err(ProvinceError::Silent { part, address });
        }
        sleep(BETWEEN).await;
    }
}
