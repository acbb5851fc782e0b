//! Where does a register live? Its description may say so, and that goes out to nobody (as in X-Road, PR-MREST §5).

use serde_json::{Value, json};

/// What stands in place of every address: that of no server (RFC 2606 §3), as X-Road's clients know it.
const NOWHERE: &str = "http://example.org/xroad-endpoint";

/// Members that hold data or schemas, in which a name means nothing.
const DATA: [&str; 8] = ["schema", "schemas", "properties", "example", "examples", "default", "enum", "const"];

/// Hides every address of a server; whether there was one.
pub(super) fn hide(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |found, (name, member)| {
            let hidden = match name.as_str() {
                "servers" if member.as_array().is_some_and(|all| all.iter().any(is_server)) => {
                    *member = json!([{ "url": NOWHERE }]);
                    true
                }
                "server" if is_server(member) => {
                    *member = json!({ "url": NOWHERE });
                    true
                }
                name if DATA.contains(&name) => false,
                _ => hide(member),
            };
            found | hidden
        }),
        Value::Array(items) => items.iter_mut().fold(false, |found, item| found | hide(item)),
        _ => false,
    }
}

fn is_server(value: &Value) -> bool {
    value.get("url").is_some_and(Value::is_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_of_a_server_is_left_and_data_is_not_touched() {
        let inner = json!({ "url": "http://10.20.0.5:8080/secret" });
        let data = json!({ "properties": { "servers": { "type": "array" } }, "example": { "servers": [inner] } });
        let mut document = json!({
            "servers": [inner, { "url": "https://{host}/", "variables": { "host": { "default": "may-chu-noi-bo" } } }],
            "paths": { "/a": { "servers": [inner], "get": {
                "servers": [inner],
                "responses": { "200": { "links": { "next": { "server": inner } } } },
                "callbacks": { "done": { "{$request.body#/url}": { "post": { "servers": [inner] } } } },
            } } },
            "components": { "schemas": { "A": data }, "pathItems": { "b": { "servers": [inner] } },
                "parameters": { "server": { "name": "server", "in": "query" }, "servers": { "name": "servers" } } },
        });
        assert!(hide(&mut document));
        assert_eq!(document["components"]["schemas"]["A"], data);
        assert_eq!(document["components"]["parameters"]["server"]["in"], "query");
        document["components"]["schemas"] = Value::Null;
        let text = document.to_string();
        assert!(!text.contains("10.20.0.5") && !text.contains("noi-bo"), "{text}");
        assert_eq!(text.matches(NOWHERE).count(), 6);
        assert!(!hide(&mut json!({ "openapi": "3.1.0", "paths": { "/": { "get": {} } } })));
    }
}
