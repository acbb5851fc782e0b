//! Microseconds of processor time for each kind of decision, with 1000 prepared clients, and 1000 agreements on one
//! service, asked in turn on one thread. The kernel counts them (Linux only), so that they hold on a busy machine:
//!
//! ```sh
//! cargo run -q -p policies --release --example decide
//! ```

use std::{collections::BTreeSet, error::Error, fs, hint::black_box, io::Write, time::Duration};

use policies::{
    ActorFacts, AgreementFacts, CallPolicies, CallQuestion, ClientFacts, Denied, OfficerFacts, Policies,
    PreparedAgreement, PreparedClient, ReleaseQuestion, SignInQuestion,
};
use types::{AccountLevel, AgencyCode, AuthLevel, ClientId, LegalEntity, ProviderId, ServiceId, SubsystemId};

const CLIENTS: u32 = 1000;
const ROUNDS: u32 = 100;
const SCOPES: [&str; 4] = ["openid", "profile", "email", "phone"];
const CLAIMS: [&str; 8] =
    ["name", "given_name", "family_name", "birthdate", "gender", "vn_account_level", "vn_auth_level", "vn_citizen_id"];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let out = &mut std::io::stdout().lock();
    let policies = Policies::load()?;
    let (prepared, clients) =
        timed(|| (0..CLIENTS).map(|number| client(&policies, number)).collect::<Result<Vec<_>, _>>())?;
    writeln!(out, "prepare          {:>6.2} µs a client", micros(prepared, CLIENTS))?;
    let clients = clients?;
    let (vneid, stranger) = (ProviderId::parse("vneid")?, ProviderId::parse("khac")?);
    let question = SignInQuestion {
        provider: &vneid,
        auth_level: AuthLevel::ONE,
        account_level: Some(AccountLevel::TWO),
        required_level: AuthLevel::ONE,
    };
    let refused = SignInQuestion { provider: &stranger, ..question };
    let claims = ReleaseQuestion { claims: &CLAIMS };
    let results = [
        ("sign_in", run(&clients, |client| policies.sign_in(client, &question).map(drop))?),
        ("sign_in refused", run(&clients, |client| policies.sign_in(client, &refused).map(drop))?),
        ("release 8 claims", run(&clients, |client| policies.release(client, &claims).map(drop))?),
        ("issue 4 scopes", run(&clients, |client| policies.issue_to_client(client, &SCOPES).map(drop))?),
    ];
    for (name, (time, permitted)) in results {
        writeln!(out, "{name:<16} {:>6.2} µs, {permitted} permitted", micros(time, CLIENTS * ROUNDS))?;
    }
    calls(out)
}

/// The gateway's decision, with an officer and without, and one that is refused.
fn calls(out: &mut impl Write) -> Outcome<()> {
    let policies = CallPolicies::load()?;
    let agency = AgencyCode::parse("000.00.15.H19")?;
    let (prepared, agreements) =
        timed(|| (0..CLIENTS).map(|number| agreement(&policies, &agency, number)).collect::<Outcome<Vec<_>>>())?;
    writeln!(out, "prepare          {:>6.2} µs an agreement", micros(prepared, CLIENTS))?;
    let agreements = agreements?;
    let [.., auth_level] = AuthLevel::ALL;
    let officer = ActorFacts { agency: &agency, auth_level, account_level: Some(AccountLevel::TWO) };
    let question = CallQuestion {
        at: 1_795_399_200_000_000,
        endpoint: Some("POST"),
        purpose: "giai-quyet-thu-tuc-hanh-chinh",
        legal_basis: "nd-107-2021",
        procedure: Some("1.001612.000.00.00.H19"),
        signed: true,
        actor: Some(officer),
    };
    let refused = CallQuestion { purpose: "khac", ..question };
    // A question is answered anew in every minute, so one with a new minute each time shows what the engine takes.
    for (name, question, minutes) in
        [("call", question, 0), ("call anew", question, 1), ("call refused", refused, 0), ("refused anew", refused, 1)]
    {
        let ask = |(round, agreement): &(u32, &PreparedAgreement)| {
            let at = question.at + i64::from(*round) * minutes * 60_000_000;
            black_box(policies.call(agreement, &CallQuestion { at, ..question })).is_ok()
        };
        let asked = (0..ROUNDS).flat_map(|round| agreements.iter().map(move |agreement| (round, agreement)));
        let (time, permitted) = timed(|| asked.filter(ask).count())?;
        writeln!(out, "{name:<16} {:>6.2} µs, {permitted} permitted", micros(time, CLIENTS * ROUNDS))?;
    }
    Ok(())
}

fn agreement(policies: &CallPolicies, agency: &AgencyCode, number: u32) -> Outcome<PreparedAgreement> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    Ok(policies.prepare(&AgreementFacts {
        id: format!("agreement-{number}").into(),
        client: SubsystemId::parse(&format!("VN/GOV/000.00.{}.H19/s-{number}", number % 40))?,
        service: ServiceId::parse("VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan")?,
        valid_from: 0,
        valid_to: None,
        endpoints: set(&["POST"]),
        purposes: set(&["giai-quyet-thu-tuc-hanh-chinh", "hau-kiem"]),
        legal_bases: set(&["nd-107-2021", "luat-26-2023"]),
        procedures: set(&["1.001612.000.00.00.H19", "1.001613.000.00.00.H19"]),
        signature_required: true,
        officer: Some(OfficerFacts { min_auth_level: AuthLevel::ONE, min_account_level: Some(AccountLevel::TWO) }),
        officer_agencies: BTreeSet::from([agency.clone()]),
        hours: None,
        fields: None,
    })?)
}

fn client(policies: &Policies, number: u32) -> Outcome<PreparedClient> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    Ok(policies.prepare(&ClientFacts {
        client_id: ClientId::parse(&format!("client-{number}"))?,
        enabled: true,
        legal_entity: LegalEntity::parse(&format!("000.00.{}.H19", number % 40))?,
        purpose: "Giải quyết thủ tục hành chính".to_owned(),
        legal_basis: "Nghị định 69/2024/NĐ-CP, Điều 19".to_owned(),
        providers: set(&["vneid", "can-bo"]),
        claims: set(&CLAIMS),
        grant_types: set(&["authorization_code", "refresh_token", "client_credentials"]),
        scopes: set(&SCOPES),
        min_auth_level: AuthLevel::ONE,
        min_account_level: Some(AccountLevel::TWO),
    })?)
}

/// Asks every client in every round; gives the time and how many were permitted.
fn run(clients: &[PreparedClient], ask: impl Fn(&PreparedClient) -> Result<(), Denied>) -> Outcome<(Duration, usize)> {
    timed(|| (0..ROUNDS).flat_map(|_| clients).filter(|client| black_box(ask(client)).is_ok()).count())
}

fn timed<T>(work: impl FnOnce() -> T) -> Outcome<(Duration, T)> {
    let start = on_processor()?;
    let done = work();
    Ok((on_processor()?.saturating_sub(start), done))
}

/// Time that this thread has run, the first number of the kernel's `schedstat`.
fn on_processor() -> Outcome<Duration> {
    let line = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = line.split_whitespace().next().ok_or("schedstat is empty")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

fn micros(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}
