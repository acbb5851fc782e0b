//! Requests that cover more or less than they must, or send a field twice or not at all.

use super::{ALL, Draft, made, spoiled};

pub(super) fn all() -> Vec<(String, Draft, &'static str)> {
    let mut list: Vec<(String, Draft, &'static str)> = ALL
        .iter()
        .map(|name| (format!("component {name} is not covered"), made(|draft| draft.uncover(name)), "components"))
        .collect();
    for name in
        ["Content-Digest", "Lgsp-Client", "Lgsp-Service", "Lgsp-Id", "Lgsp-Purpose", "Lgsp-Legal-Basis", "Lgsp-Actor"]
    {
        let draft = made(|draft| {
            draft.remove(name);
            draft.uncover(&name.to_ascii_lowercase());
        });
        list.push((format!("field {name} is neither sent nor covered"), draft, "missing-field"));
        let draft = spoiled(|draft| {
            let value = draft.headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
            draft.headers.push((name.to_owned(), value));
        });
        list.push((format!("field {name} is sent twice"), draft, "repeated-field"));
    }
    for (name, value) in [("Lgsp-Procedure", "\"1.004222\""), ("Authorization", "Bearer abc"), ("DPoP", "abc")] {
        list.push((format!("{name} is sent and not covered"), spoiled(|draft| draft.set(name, value)), "components"));
    }
    let replace = |from: &'static str, to: &'static str| {
        made(move |draft| {
            let place = draft.covered.iter().position(|covered| *covered == format!("\"{from}\"")).unwrap();
            to.clone_into(&mut draft.covered[place]);
        })
    };
    let more = |name: &'static str| made(move |draft| draft.covered.push(name.to_owned()));
    for (name, draft, reason) in [
        ("component is covered twice", more("\"@method\""), "malformed"),
        ("component is taken from a request where there is none", replace("@method", "\"@method\";req"), "components"),
        ("component is covered with and without a parameter", more("\"content-type\";bs"), "components"),
        ("component is wrapped as bytes", replace("content-type", "\"content-type\";bs"), "components"),
        ("component is written in the strict form", replace("content-digest", "\"content-digest\";sf"), "components"),
        (
            "only a member of a dictionary is covered",
            replace("content-digest", "\"content-digest\";key=\"sha-256\""),
            "components",
        ),
        ("component is taken from a trailer", replace("content-digest", "\"content-digest\";tr"), "components"),
        ("component has a name in capitals", replace("content-type", "\"Content-Type\""), "components"),
        ("component has a parameter that is not known", replace("content-type", "\"content-type\";x"), "components"),
        ("the target is covered in place of its parts", replace("@path", "\"@target-uri\""), "components"),
        ("more is covered than belongs to the profile", more("\"host\""), "components"),
        ("nothing is covered", made(|draft| draft.covered.clear()), "components"),
        (
            "a body has no type",
            made(|draft| {
                draft.remove("Content-Type");
                draft.uncover("content-type");
            }),
            "missing-field",
        ),
        (
            "the type is sent twice",
            spoiled(|draft| draft.headers.push(("content-type".into(), "text/xml".into()))),
            "repeated-field",
        ),
    ] {
        list.push((name.to_owned(), draft, reason));
    }
    list
}
