//! SIGTERM under load: whatever was begun is finished.

use std::{sync::Arc, time::Duration};

use super::{
    Server,
    login::{Gone, Way},
};

/// Whether nobody listened any more, so the request was never begun.
fn never_begun(error: &Gone) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&**error);
    while let Some(error) = source {
        if error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        source = error.source();
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_fails_no_request_that_was_begun() {
    stop_under_load(Server::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn sigterm_under_load_on_servers_fails_no_request_that_was_begun() {
    stop_under_load(Server::start_on_servers().await).await;
}

async fn stop_under_load(mut server: Server) {
    let way = Arc::new(server.way());
    let workers: Vec<_> = (0..8).map(|_| tokio::spawn(ask_until_it_is_gone(Arc::clone(&way)))).collect();
    let people: Vec<_> = (0..4)
        .map(|_| {
            let way = Arc::clone(&way);
            tokio::spawn(async move {
                loop {
                    if let Err(error) = way.log_in().await {
                        return error;
                    }
                }
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    server.terminate();
    let status = server.ended().await;
    assert!(status.success(), "{status}: {}", server.log());
    let mut answered = 0;
    for worker in workers {
        let (answers, error) = worker.await.expect("a worker");
        answered += answers;
        assert!(never_begun(&error), "a request was dropped: {error:?}");
    }
    assert!(answered > 20, "there was no load: {answered}");
    for person in people {
        let error = person.await.expect("a worker");
        assert!(never_begun(&error), "a step of a login was dropped: {error:?}");
    }
    let log = server.log();
    assert!(log.contains("stopped") && !log.contains("cut off"), "{log}");
}

async fn ask_until_it_is_gone(way: Arc<Way>) -> (u32, Gone) {
    let mut answers = 0;
    loop {
        match way.as_client("/token", &[("grant_type", "client_credentials")]).await {
            Ok((200, _)) => answers += 1,
            Ok((status, body)) => panic!("{status}: {body}"),
            Err(error) => return (answers, error),
        }
    }
}
