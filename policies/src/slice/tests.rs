//! Both forms against the policies as they are written, asked of the engine itself with every question checked.

use std::{collections::BTreeSet, fs};

use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, Request, Response, RestrictedExpression, Schema};

use super::*;
use crate::{
    CallReason,
    load::{self, Checked, GATEWAY, Sources},
    request::{type_name, uid},
};

const SCHEMA: &str = r#"
    namespace Gateway {
      entity Group;
      entity System in [Group] { live: Bool };
      entity Grant { open: Bool, names: Set<String>, most: Long };
      action call_service, other appliesTo {
        principal: System,
        resource: System,
        context: { grant: Grant, name: String, size: Long, signed: Bool },
      };
    }
"#;

/// The policies that each set of this test has, if not said otherwise.
const OWN: &str = r#"
    @id("call_service.permit")
    permit (principal, action == Gateway::Action::"call_service", resource)
    when { context.grant.open && context.grant.names.contains(context.name) &&
           context.size <= context.grant.most && (context.signed || context.size < 1) };

    @id("call_service.closed") @reason("agreement_not_in_force")
    forbid (principal, action == Gateway::Action::"call_service", resource) unless { context.grant.open };

    @id("call_service.name") @reason("purpose_not_agreed")
    forbid (principal, action == Gateway::Action::"call_service", resource)
    unless { context.size <= context.grant.most && context.grant.names.contains(context.name) };

    @id("call_service.unsigned") @reason("signature_missing")
    forbid (principal, action == Gateway::Action::"call_service", resource)
    when { !context.signed && context.size >= 1 };
"#;

struct Set {
    checked: Checked<CallReason>,
    slice: Slice,
}

fn load(own: &str, more: &str) -> Set {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("gateway")).unwrap();
    fs::write(dir.path().join("schema.cedarschema"), SCHEMA).unwrap();
    fs::write(dir.path().join("gateway/call_service.cedar"), format!("{own}\n{more}")).unwrap();
    let checked =
        load::check(&Sources::read(dir.path(), &GATEWAY).unwrap()).unwrap_or_else(|e| panic!("{more}: {e:?}"));
    let action = uid(&type_name("Gateway::Action").unwrap(), "call_service");
    let slice = Slice::new(&checked.set, &action, "call_service").unwrap();
    Set { checked, slice }
}

/// One more policy of the scope that most have.
fn local(head: &str, conditions: &str) -> String {
    scoped(head, r#"principal, action == Gateway::Action::"call_service", resource"#, conditions)
}

fn scoped(head: &str, scope: &str, conditions: &str) -> String {
    let reason = if head == "forbid" { r#"@reason("not_permitted")"# } else { "" };
    format!(r#"@id("call_service.local") {reason} {head} ({scope}) {conditions};"#)
}

/// Every question that the policies of this test can tell apart, each with its entities.
fn questions(schema: &Schema) -> Vec<(Request, Entities)> {
    use RestrictedExpression as Value;
    let [system, group, grant, action] =
        ["System", "Group", "Grant", "Action"].map(|name| type_name(&format!("Gateway::{name}")).unwrap());
    let [one, two, three] = ["one", "two", "three"].map(|id| uid(&system, id));
    let (group, grant) = (uid(&group, "group"), uid(&grant, "grant"));
    let mut all = Vec::new();
    for open in [true, false] {
        let attributes = [
            ("open".to_owned(), Value::new_bool(open)),
            ("names".to_owned(), Value::new_set(["a", "b"].map(|name| Value::new_string(name.to_owned())))),
            ("most".to_owned(), Value::new_long(2)),
        ];
        let live = [("live".to_owned(), Value::new_bool(true))];
        let members = [
            Entity::new(one.clone(), live.clone().into(), [group.clone()].into()).unwrap(),
            Entity::new(two.clone(), live.into(), [].into()).unwrap(),
            Entity::new(grant.clone(), attributes.into(), [].into()).unwrap(),
        ];
        let entities = Entities::from_entities(members, Some(schema)).unwrap();
        for principal in [&one, &two, &three] {
            for (name, size, signed) in ["a", "c"]
                .into_iter()
                .flat_map(|name| [0, 1, 2, 3].map(|size| (name, size)))
                .flat_map(|(name, size)| [true, false].map(|signed| (name, size, signed)))
            {
                let context = Context::from_pairs([
                    ("grant".to_owned(), Value::new_entity_uid(grant.clone())),
                    ("name".to_owned(), Value::new_string(name.to_owned())),
                    ("size".to_owned(), Value::new_long(size)),
                    ("signed".to_owned(), Value::new_bool(signed)),
                ]);
                let asked = (principal.clone(), uid(&action, "call_service"), two.clone(), context.unwrap());
                let request = Request::new(asked.0, asked.1, asked.2, asked.3, Some(schema)).unwrap();
                all.push((request, entities.clone()));
            }
        }
    }
    all
}

/// Decision, names and faults, in an order that does not depend on the form.
fn told(response: &Response) -> (Decision, BTreeSet<String>, BTreeSet<String>) {
    let diagnostics = response.diagnostics();
    let names = diagnostics.reason().map(ToString::to_string).collect();
    (response.decision(), names, diagnostics.errors().map(ToString::to_string).collect())
}

/// Holds both forms against the policies as written; how many questions they permit, refuse, and cannot decide.
fn compare(own: &str, more: &str) -> [usize; 3] {
    let Set { checked, slice } = load(own, more);
    let engine = Authorizer::new();
    let mut counts = [0; 3];
    for (request, entities) in questions(&checked.schema) {
        let written = told(&engine.is_authorized(&request, &checked.set, &entities));
        assert_eq!(told(&engine.is_authorized(&request, slice.whole(), &entities)), written, "{more}: {request}");
        let brief = told(&engine.is_authorized(&request, slice.brief(), &entities));
        let kind = match &written {
            (_, _, faults) if !faults.is_empty() => 2,
            (Decision::Deny, ..) => 1,
            (Decision::Allow, ..) => 0,
        };
        if brief.0 == Decision::Allow || kind == 0 {
            assert_eq!(brief, written, "{more}: {request}");
        }
        counts[kind] += 1;
    }
    counts
}

const OVERFLOWS: &str = "context.size * 9223372036854775807 < 0";

#[test]
fn the_short_form_gives_the_yes_of_the_policies_as_written_and_no_other() {
    // Permitted of 96: open, name a, size 0 signed or not, 1 and 2 signed, by any of three systems.
    assert_eq!(compare(OWN, ""), [12, 84, 0]);
    for (more, expected) in [
        (local("forbid", "when { context.size == 2 }"), [9, 87, 0]),
        (local("forbid", ""), [0, 96, 0]),
        (local("forbid", "when { context.grant.open }"), [0, 96, 0]),
        // Only in part what the permit demands, or demanded by it in one of two cases.
        (local("forbid", "unless { context.grant.open && context.size < 2 }"), [9, 87, 0]),
        (local("forbid", "unless { context.signed }"), [9, 87, 0]),
        // The same words, but not the whole of what it says.
        (local("forbid", "when { context.size == 2 } unless { context.grant.open }"), [12, 84, 0]),
        (local("forbid", "unless { context.grant.open } unless { context.signed }"), [12, 84, 0]),
        // With scopes.
        (scoped("forbid", "principal, action, resource", "when { context.size == 2 }"), [9, 87, 0]),
        (
            scoped(
                "forbid",
                "principal, action in [Gateway::Action::\"call_service\", Gateway::Action::\"other\"], resource",
                "",
            ),
            [0, 96, 0],
        ),
        (scoped("forbid", "principal, action == Gateway::Action::\"other\", resource", ""), [12, 84, 0]),
        (scoped("forbid", "principal == Gateway::System::\"three\", action, resource", ""), [8, 88, 0]),
        (scoped("forbid", "principal in Gateway::Group::\"group\", action, resource", ""), [8, 88, 0]),
        (
            scoped("forbid", "principal is Gateway::System, action, resource == Gateway::System::\"two\"", ""),
            [0, 96, 0],
        ),
        (scoped("forbid", "principal, action, resource == Gateway::System::\"one\"", ""), [12, 84, 0]),
        (scoped("forbid", "principal, action in [Gateway::Action::\"other\"], resource", ""), [12, 84, 0]),
        // A further permit, for which nothing is left out that it does not demand itself.
        (local("permit", "when { context.name == \"c\" }"), [12, 84, 0]),
        (local("permit", ""), [12, 84, 0]),
        (
            scoped("permit", "principal in Gateway::Group::\"group\", action, resource", "when { context.size == 0 }"),
            [12, 84, 0],
        ),
    ] {
        assert_eq!(compare(OWN, &more), expected, "{more}");
    }
}

#[test]
fn the_short_form_hides_no_fault() {
    for (more, expected) in [
        (local("forbid", &format!("when {{ {OVERFLOWS} }}")), [9, 39, 48]),
        (local("permit", &format!("when {{ {OVERFLOWS} }}")), [9, 39, 48]),
        (local("forbid", &format!("unless {{ !({OVERFLOWS}) }}")), [9, 39, 48]),
        // The fault comes before what the permit has excluded, and after it.
        (local("forbid", &format!("when {{ {OVERFLOWS} }} unless {{ context.grant.open }}")), [9, 39, 48]),
        (local("forbid", &format!("unless {{ context.grant.open }} when {{ {OVERFLOWS} }}")), [12, 60, 24]),
        (
            scoped(
                "forbid",
                "principal in Gateway::Group::\"group\", action, resource",
                &format!("when {{ {OVERFLOWS} }}"),
            ),
            [11, 69, 16],
        ),
        // The third system is no entity.
        (local("forbid", "unless { principal.live }"), [8, 56, 32]),
    ] {
        let counts = compare(OWN, &more);
        assert_eq!(counts, expected, "{more}");
    }
}

#[test]
fn a_set_without_a_permit_gives_no_yes() {
    let forbids = OWN.split_once("@id(\"call_service.closed\")").unwrap().1;
    let forbids = format!("@id(\"call_service.closed\") {forbids}");
    assert_eq!(compare(&forbids, ""), [0, 96, 0]);
    assert_eq!(compare("// nothing", ""), [0, 96, 0]);
}

#[test]
fn what_the_permit_demands_word_for_word_is_not_asked_twice() {
    let left = |own: &str, more: &str| {
        let slice = load(own, more).slice;
        let texts: Vec<String> = slice.brief().policies().map(ToString::to_string).collect();
        assert_eq!(
            texts.len(),
            slice.brief().policies().filter(|policy| policy.effect() == cedar_policy::Effect::Permit).count()
        );
        texts.concat().matches("names").count()
    };
    assert_eq!(left(OWN, ""), 1, "by the permit alone");
    assert_eq!(
        left(OWN, &local("permit", "when { context.grant.open }")),
        3,
        "each permit asks the forbid, the first itself too"
    );
}
