use boot::shutdown;
use std::process::{self, Command};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sigterm_cancels_the_token_and_does_not_end_the_process() {
    let stop = shutdown::on_signal().unwrap();
    assert!(!stop.is_cancelled());
    let sent = Command::new("kill").args(["-TERM", &process::id().to_string()]).status().unwrap();
    assert!(sent.success());
    stop.cancelled().await;
}
