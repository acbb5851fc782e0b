//! Signs the state of the log, every second when it grew and when the gateway stops.
//!
//! A checkpoint is a promise that the log will never be another: it is signed only for a state that survives the loss of
//! power, and given away only when it is kept itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tlog::{Checkpoint, Frontier, Hash, Signer};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};

use super::{
    disk,
    recent::Recent,
    state::{StartError, State, current},
    tiles::{self, Tiler, TreeError, leaves},
    unsigned::first_left,
};
use crate::storage::{MessageLogStore, StoreError};

/// The task that signs.
pub(super) struct Task {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Task {
    /// Begins to sign.
    pub(super) fn start(notary: Notary, tiler: Tiler, every: Duration, disk: disk::Watch) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(notary, tiler, every, disk, stopped));
        Self { stop, task }
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
    let every = every.max(Duration::from_millis(10));
    // What was there at the start is signed already.
    let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
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
        if let Err(error) = tiler.grow(notary.signed.size()).await {
            tracing::warn!(error = %error, "tiles of the message log cannot be kept now");
        }
        if last {
            return;
        }
    }
}

/// Whether the log is still the one that was signed.
#[derive(Clone, Debug)]
pub(super) struct Sound(Arc<AtomicBool>);

impl Sound {
    pub(super) fn holds(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why no checkpoint is signed now.
#[derive(Debug, thiserror::Error)]
enum SignError {
    #[error("the store does not answer")]
    Store(#[from] StoreError),
    #[error(
        "the entries after the last checkpoint do not make the state that the log says it has; `log verify` tells more"
    )]
    Unsound,
}

/// Signs what follows from the last checkpoint and the entries after it, and nothing else: the state that the store tells has
/// to be just that. Entries that we wrote ourselves are signed as we wrote them, whatever stands in the store by now; those of other
/// replicas as they stand there.
pub(super) struct Notary {
    store: Arc<dyn MessageLogStore>,
    signer: Signer,
    recent: Recent,
    /// The tree under the last checkpoint.
    signed: Frontier,
    sound: Sound,
}

impl Notary {
    /// Takes up the log: the newest checkpoint that was kept must be ours, and of this log.
    ///
    /// # Errors
    /// What is wrong with it; also when its end was left without a checkpoint although there was time to sign one.
    pub(super) async fn start(
        store: Arc<dyn MessageLogStore>,
        signer: Signer,
        recent: Recent,
    ) -> Result<Self, StartError> {
        let mut notary = Self::of(store, signer, recent).await?;
        let state = current(notary.store.as_ref()).await?;
        let (signed, size) = (notary.signed.size(), state.tree.size());
        if first_left(notary.store.as_ref(), signed, size, state.until).await?.is_some() {
            return Err(StartError::Broken(
                "no checkpoint covers its end, although there was time to sign one: whoever knows why can say `log sign`",
            ));
        }
        notary.begin().await?;
        Ok(notary)
    }

    async fn of(store: Arc<dyn MessageLogStore>, signer: Signer, recent: Recent) -> Result<Self, StartError> {
        let signed = signed(store.as_ref(), &signer).await?;
        Ok(Self { store, signer, recent, signed, sound: Sound(Arc::new(AtomicBool::new(true))) })
    }

    /// The first signature, of what was left by whoever wrote before.
    async fn begin(&mut self) -> Result<(), StartError> {
        self.sign().await.map_err(|error| match error {
            SignError::Store(error) => StartError::Store(error),
            SignError::Unsound => StartError::Broken("the entries after its last checkpoint are others"),
        })
    }

    pub(super) fn sound(&self) -> Sound {
        self.sound.clone()
    }

    async fn sign(&mut self) -> Result<(), SignError> {
        let Some(head) = self.store.head().await? else { return Ok(()) };
        let from = self.signed.size();
        if State::decode(&head).is_some_and(|state| state.tree.size() == from) {
            return Ok(());
        }
        let unreadable = StoreError::Unreadable { table: "log_head" };
        let settled = self.store.settle().await?.and_then(|head| State::decode(&head)).ok_or(unreadable)?.tree;
        let remembered = match self.recent.range(from, settled.size()) {
            Some(hashes) => Some(with_leaves(&self.signed, &hashes).await),
            None => None,
        };
        let grown = match remembered {
            // Who writes alone knows what stands there. Of several, another may have filled an end again that the store had lost.
            Some(grown) if grown == settled || self.store.journal().is_some() => grown,
            _ => {
                let hashes = leaves(self.store.as_ref(), from, settled.size()).await?;
                let grown = with_leaves(&self.signed, &hashes).await;
                if grown == settled {
                    // They are what is signed now, so tiles may be made of them.
                    self.recent.read(from, &hashes);
                }
                grown
            }
        };
        if grown != settled {
            self.sound.0.store(false, Ordering::Relaxed);
            return Err(SignError::Unsound);
        }
        let origin = self.signer.verifier().name().to_owned();
        let checkpoint = Checkpoint { origin, size: grown.size(), root: grown.root(), extensions: Vec::new() };
        self.store.keep_checkpoint(grown.size(), &self.signer.sign(&checkpoint.text())).await?;
        self.recent.signed(grown.size());
        self.signed = grown;
        self.sound.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// The tree with these leaves behind it. A second's calls are thousands of leaves, and calls are served on the same thread.
async fn with_leaves(tree: &Frontier, leaves: &[Hash]) -> Frontier {
    let mut grown = tree.clone();
    for some in leaves.chunks(256) {
        some.iter().for_each(|leaf| grown.append(*leaf));
        tokio::task::yield_now().await;
    }
    grown
}

/// The tree under the newest checkpoint that was kept.
async fn signed(store: &dyn MessageLogStore, signer: &Signer) -> Result<Frontier, StartError> {
    let Some((size, note)) = store.checkpoint().await? else { return Ok(Frontier::new()) };
    let text = signer.verifier().open(&note);
    let text = text.map_err(|_| StartError::Broken("its last checkpoint is not signed by this key"))?;
    let checkpoint = Checkpoint::parse(text).filter(|checkpoint| checkpoint.origin == signer.verifier().name());
    let checkpoint = checkpoint.ok_or(StartError::Broken("its last checkpoint is of another origin"))?;
    let another = StartError::Broken("it is shorter than its last checkpoint, or another");
    if checkpoint.size != size || current(store).await?.tree.size() < size {
        return Err(another);
    }
    match tiles::frontier(store, size).await {
        Ok(tree) if tree.root() == checkpoint.root => Ok(tree),
        Ok(_) | Err(TreeError::Proof(_)) => Err(another),
        Err(TreeError::Store(error)) => Err(error.into()),
    }
}

/// Signs the log as it stands, however long its end was left, and gives its size.
///
/// # Errors
/// As [`Notary::start`], but for its end.
pub(super) async fn sign(store: &Arc<dyn MessageLogStore>, signer: Signer) -> Result<u64, StartError> {
    let mut notary = Notary::of(Arc::clone(store), signer, Recent::default()).await?;
    notary.begin().await?;
    Ok(notary.signed.size())
}
