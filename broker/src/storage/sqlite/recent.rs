//! What was read a moment ago, as long as nothing has touched it.
//!
//! One process writes the embedded store, so it can know when what it read is no longer so. Everything that a reading
//! rests on (a cookie, a session, a grant, a person) has a mark; whoever changes one of them moves its mark once the change
//! is kept and before anybody is told. A reading notes the marks as they were before the database was asked and counts
//! only while they have not moved. Beside that a reading is forgotten after [`FORGET`], so that even a change that went unnoticed (its
//! caller gave up waiting at the wrong moment; somebody edits the file) takes effect within a second.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use clock::Timestamp;
use moka::sync::Cache;
use signing::Digest;
use types::ClientId;

use crate::{
    grant::Grant,
    ids::{GrantId, PersonId, TokenId},
    session::browser::Session,
};

/// How long a reading counts at most.
const FORGET: Duration = Duration::from_millis(900);

/// How many marks there are; things share them by the first bytes of their random names.
const MARKS: usize = 4096;

/// How many readings of each kind are kept.
const MOST: u64 = 2000;

/// A session and what its person accepted, as `get_for` gives it.
pub(super) type ForClient = (Session, Option<Digest>);

/// Readings that may be used again.
#[derive(Debug)]
pub(super) struct Recent {
    marks: Box<[AtomicU64]>,
    /// How many marks have been moved, or are about to be.
    moves: AtomicU64,
    closed: AtomicBool,
    sessions: Cache<(Digest, ClientId), Arc<Reading<ForClient>>>,
    grants: Cache<GrantId, Arc<Reading<Grant>>>,
    people: Cache<PersonId, Arc<Reading<Vec<u8>>>>,
    /// Tokens that were revoked, or whose revocation was tried: only of these the database need be asked.
    suspects: Mutex<HashMap<TokenId, Timestamp>>,
}

/// What was read, until when it holds by itself, and the marks it rests on.
#[derive(Debug)]
struct Reading<T> {
    value: T,
    until: Timestamp,
    rests_on: Marks,
}

/// The marks of up to three things as they were.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks([(usize, u64); 3]);

impl Recent {
    pub(super) fn new(revoked: HashMap<TokenId, Timestamp>) -> Self {
        Self {
            moves: AtomicU64::new(0),
            marks: (0..MARKS).map(|_| AtomicU64::new(0)).collect(),
            closed: AtomicBool::new(false),
            sessions: Cache::builder().max_capacity(MOST).time_to_live(FORGET).build(),
            grants: Cache::builder().max_capacity(MOST).time_to_live(FORGET).build(),
            people: Cache::builder().max_capacity(MOST).time_to_live(FORGET).build(),
            suspects: Mutex::new(revoked),
        }
    }

    fn place(name: &[u8]) -> usize {
        let number = name.iter().take(2).fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        number % MARKS
    }

    fn mark(&self, place: usize) -> u64 {
        self.marks.get(place).map_or(u64::MAX, |mark| mark.load(Ordering::SeqCst))
    }

    /// The moves so far, to be asked for before the database is.
    pub(super) fn moves(&self) -> u64 {
        self.moves.load(Ordering::SeqCst)
    }

    /// The marks of things whose names were only found by reading; `None` when any mark at all moved since.
    pub(super) fn note_since(&self, moves: u64, things: [&[u8]; 3]) -> Option<Marks> {
        let marks = self.note(things);
        // INVARIANT: `touch` counts a move before it makes it, so a mark that moved before it was noted is counted here.
        (self.moves() == moves).then_some(marks)
    }

    /// The marks of these things now, to be noted before the database is asked.
    pub(super) fn note(&self, things: [&[u8]; 3]) -> Marks {
        Marks(things.map(|name| {
            let place = Self::place(name);
            (place, self.mark(place))
        }))
    }

    /// Moves the mark of a thing that was changed.
    pub(super) fn touch(&self, name: &[u8]) {
        self.moves.fetch_add(1, Ordering::SeqCst);
        if let Some(mark) = self.marks.get(Self::place(name)) {
            mark.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// From now on nothing counts: a closed store has no answers.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn good<T: Clone>(&self, reading: &Reading<T>, now: Timestamp) -> Option<T> {
        let untouched = reading.rests_on.0.iter().all(|(place, mark)| self.mark(*place) == *mark);
        let good = untouched && now < reading.until && !self.closed.load(Ordering::SeqCst);
        good.then(|| reading.value.clone())
    }

    /// The session behind a cookie for a client.
    pub(super) fn session(&self, key: &Digest, client: &ClientId, now: Timestamp) -> Option<ForClient> {
        self.good(&*self.sessions.get(&(*key, client.clone()))?, now)
    }

    pub(super) fn keep_session(&self, key: &Digest, client: &ClientId, value: ForClient, rests_on: Marks) {
        let until = value.0.expires_at;
        self.sessions.insert((*key, client.clone()), Arc::new(Reading { value, until, rests_on }));
    }

    /// A grant that is alive.
    pub(super) fn grant(&self, id: GrantId, now: Timestamp) -> Option<Grant> {
        self.good(&*self.grants.get(&id)?, now)
    }

    /// Whether a grant is known to be alive, without a copy of it.
    pub(super) fn is_alive(&self, id: GrantId, now: Timestamp) -> bool {
        self.grants.get(&id).is_some_and(|reading| {
            let Reading { until, rests_on, .. } = &*reading;
            self.good(&Reading { value: (), until: *until, rests_on: *rests_on }, now).is_some()
        })
    }

    /// Keeps a living grant; `until` is when it or its session ends by itself.
    pub(super) fn keep_grant(&self, value: Grant, until: Timestamp, rests_on: Marks) {
        self.grants.insert(value.id, Arc::new(Reading { value, until, rests_on }));
    }

    /// The sealed record of a person.
    pub(super) fn person(&self, id: PersonId, now: Timestamp) -> Option<Vec<u8>> {
        self.good(&*self.people.get(&id)?, now)
    }

    pub(super) fn keep_person(&self, id: PersonId, value: Vec<u8>, rests_on: Marks) {
        let until = Timestamp::from_micros(i64::MAX);
        self.people.insert(id, Arc::new(Reading { value, until, rests_on }));
    }

    /// Notes before it is tried that a token is being revoked.
    pub(super) fn suspect(&self, token: TokenId, until: Timestamp) {
        let mut suspects = self.suspects.lock().unwrap_or_else(PoisonError::into_inner);
        let known = suspects.entry(token).or_insert(until);
        *known = until.max(*known);
    }

    /// Whether a token may have been revoked, so that the database must be asked.
    pub(super) fn is_suspect(&self, token: TokenId) -> bool {
        let closed = self.closed.load(Ordering::SeqCst);
        closed || self.suspects.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&token)
    }

    /// Forgets revocations of tokens that have expired.
    pub(super) fn sweep(&self, now: Timestamp) {
        self.suspects.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, until| now < *until);
    }
}
