//! Signs the state of the log, every second when it grew and when the gateway stops.
//!
//! A checkpoint is a promise that the log will never be another: it is signed only for a state that survives the loss of
//! power, and given away only when it is kept itself.

use std::{sync::Arc, time::Duration};

use tlog::{Checkpoint, Signer};
use tokio::{sync::watch, task::JoinHandle, time::MissedTickBehavior};

use super::{
    disk,
    state::{StartError, State},
    tiles::Tiler,
};
use crate::storage::{MessageLogStore, StoreError};

/// The task that signs.
pub(super) struct Task {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Task {
    /// Signs the state as it is, and goes on.
    pub(super) async fn start(
        store: Arc<dyn MessageLogStore>,
        signer: Signer,
        tiler: Tiler,
        every: Duration,
        disk: disk::Watch,
    ) -> Result<Self, StartError> {
        let mut notary = Notary { store, signer, signed: 0 };
        notary.check().await?;
        notary.sign().await?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(notary, tiler, every, disk, stopped));
        Ok(Self { stop, task })
    }

    /// Signs a last time, and ends.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "the task that signs checkpoints failed");
        }
    }
}

async fn run(
    mut notary: Notary,
    mut tiler: Tiler,
    every: Duration,
    disk: disk::Watch,
    mut stopped: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let last = tokio::select! {
            _ = ticks.tick() => false,
            _ = stopped.wait_for(|stop| *stop) => true,
        };
        disk.look();
        if let Err(error) = notary.sign().await {
            tracing::error!(error = %error, "no checkpoint of the message log can be signed now");
        }
        // Only what a checkpoint covers: a store that loses its unflushed end must not keep tiles of it.
        if let Err(error) = tiler.grow(notary.signed).await {
            tracing::warn!(error = %error, "tiles of the message log cannot be kept now");
        }
        if last {
            return;
        }
    }
}

struct Notary {
    store: Arc<dyn MessageLogStore>,
    signer: Signer,
    /// The size of the last checkpoint.
    signed: u64,
}

impl Notary {
    /// The newest checkpoint that was kept must be ours, and of no larger log than there is.
    async fn check(&mut self) -> Result<(), StartError> {
        let Some((size, note)) = self.store.checkpoint().await? else { return Ok(()) };
        let text = self.signer.verifier().open(&note);
        let text = text.map_err(|_| StartError::Broken("its last checkpoint is not signed by this key"))?;
        let checkpoint =
            Checkpoint::parse(text).filter(|checkpoint| checkpoint.origin == self.signer.verifier().name());
        let checkpoint = checkpoint.ok_or(StartError::Broken("its last checkpoint is of another origin"))?;
        let state = super::state::current(self.store.as_ref()).await?;
        let same = state.tree.size() > size || state.tree.root() == checkpoint.root;
        if checkpoint.size != size || state.tree.size() < size || !same {
            return Err(StartError::Broken("it is shorter than its last checkpoint, or another"));
        }
        self.signed = size;
        Ok(())
    }

    async fn sign(&mut self) -> Result<(), StoreError> {
        let Some(head) = self.store.head().await? else { return Ok(()) };
        let size = |head: &[u8]| State::decode(head).map(|state| state.tree.size());
        if size(&head) == Some(self.signed) {
            return Ok(());
        }
        let settled = self.store.settle().await?.ok_or(StoreError::Unreadable { table: "log_head" })?;
        let tree = State::decode(&settled).ok_or(StoreError::Unreadable { table: "log_head" })?.tree;
        let origin = self.signer.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root(), extensions: Vec::new() };
        self.store.keep_checkpoint(tree.size(), &self.signer.sign(&checkpoint.text())).await?;
        self.signed = tree.size();
        Ok(())
    }
}
