//! One suite for each port, run by every implementation.

pub(super) mod care;
pub(super) mod clients;
mod cluster;
pub(super) mod codes;
pub(super) mod consents;
pub(super) mod faults;
pub(super) mod grants;
pub(super) mod keys;
pub(super) mod logins;
pub(super) mod made;
pub(super) mod once;
pub(super) mod refresh;
pub(super) mod sessions;

use std::future::Future;

use async_trait::async_trait;
use futures::future::join_all;

use super::{AuditRow, Stores};

/// How many callers try at once where only one may win.
pub(super) const CROWD: u32 = 50;

/// An implementation set up for one test, and torn down after it.
#[async_trait]
pub(super) trait Bench: Send + Sync + Sized {
    /// Fresh and empty.
    async fn set_up() -> Self;

    /// The stores to look at.
    fn stores(&self) -> &Stores;

    /// Runs SQL behind the stores' back; it reads the same in every SQL database.
    async fn meddle(&self, sql: &'static str);

    /// From now on writing an audit event fails.
    async fn forbid_audit(&self);

    /// Removes what was set up.
    async fn tear_down(self);
}

/// Runs one act fifty times at once.
pub(super) async fn crowd<F: Future<Output = T> + Send + 'static, T: Send + 'static>(act: impl Fn(u32) -> F) -> Vec<T> {
    let tasks = (0..CROWD).map(|number| tokio::spawn(act(number)));
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

/// Everything that was written down so far.
pub(super) async fn written(stores: &Stores) -> Vec<AuditRow> {
    stores.audit.read_after(0, 100_000).await.unwrap()
}

/// The names of the events that were written down so far.
pub(super) async fn names(stores: &Stores) -> Vec<String> {
    let name = |row: AuditRow| {
        let body: serde_json::Value = serde_json::from_str(&row.body).unwrap();
        body["event"].as_str().unwrap().to_owned()
    };
    written(stores).await.into_iter().map(name).collect()
}

/// Makes a test of each named case for one bench, marked as it says. A macro, because only a macro can make tests.
macro_rules! tests_of {
    ($bench:ty, #[$mark:meta], $($port:ident :: { $($case:ident),+ $(,)? }),+ $(,)?) => {
        $(
            mod $port {
                use super::*;
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    #[$mark]
                    async fn $case() {
                        let bench = <$bench as $crate::storage::conformance::Bench>::set_up().await;
                        $crate::storage::conformance::$port::$case(&bench).await;
                        $crate::storage::conformance::Bench::tear_down(bench).await;
                    }
                )+
            }
        )+
    };
}

/// The suites of what lives minutes.
macro_rules! short_lived {
    ($bench:ty, #[$mark:meta]) => {
        $crate::storage::conformance::tests_of! {
            $bench, #[$mark],
            logins::{
                a_login_is_taken_only_once,
                a_login_ends_at_its_expiry,
                a_login_can_be_looked_at_before_it_is_taken,
                cve_12_fifty_callbacks_at_once_take_one_login,
            },
            codes::{
                a_spent_code_names_its_family,
                cve_38_an_expired_code_is_refused,
                fifty_uses_of_one_code_at_once_have_one_winner,
            },
            once::{
                cve_30_an_assertion_id_is_accepted_once,
                an_assertion_id_is_free_again_after_its_expiry,
                fifty_uses_of_one_assertion_id_at_once_have_one_winner,
            },
        }
    };
}

/// The suites of what outlives a restart.
macro_rules! durable {
    ($bench:ty, #[$mark:meta]) => {
        $crate::storage::conformance::tests_of! {
            $bench, #[$mark],
            sessions::{
                a_person_is_made_once_and_found_again,
                fifty_first_sign_ins_at_once_make_one_person,
                a_session_ends_at_its_expiry,
                a_session_of_the_same_person_goes_on_under_a_new_key,
                a_session_of_another_person_ends_with_its_grants,
                an_expired_session_does_not_go_on,
                a_session_names_who_took_part_when_it_ends,
                ending_a_session_revokes_its_grants,
                nobody_joins_a_session_that_ended,
                a_session_is_ended_only_once,
            },
            consents::{
                an_acceptance_holds_for_exactly_what_was_shown,
            },
            grants::{
                a_grant_lives_until_it_expires,
                a_grant_does_not_open_without_a_live_session,
                a_revoked_grant_is_dead_and_revoking_again_is_no_error,
                a_grant_revoked_before_it_opens_is_told_and_never_alive,
                a_grant_opens_only_once,
                a_revoked_token_is_dead_alone,
                an_unknown_grant_is_not_alive,
            },
            refresh::{
                a_refresh_token_leads_to_its_grant,
                a_rotated_token_that_comes_back_ends_the_family,
                a_refresh_token_of_a_dead_grant_does_not_rotate,
                an_expired_refresh_token_does_not_rotate,
                cve_19_fifty_uses_of_one_refresh_token_at_once_have_one_winner,
            },
            clients::{
                clients_are_replaced_and_the_ones_that_are_gone_are_disabled,
            },
            keys::{
                the_first_keys_are_the_only_ones,
                fifty_first_starts_at_once_agree_on_the_keys,
                a_key_is_announced_then_signs_then_goes,
                fifty_activations_at_once_leave_one_key_that_signs,
                a_key_changes_only_with_its_event,
            },
            care::{
                what_expired_is_swept_and_what_lives_stays,
                audit_reads_back_in_order_and_is_never_swept,
                a_store_that_works_is_ready,
            },
            faults::{
                nothing_happens_without_its_audit_event,
                cve_31_a_closed_store_never_means_yes,
                an_unreadable_row_names_its_table_and_column,
            },
        }
    };
}

pub(super) use durable;
pub(super) use short_lived;
pub(super) use tests_of;
