//! What a description must be to become a contract, and what it then says.

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

use crate::shape::contract::{Contract, ContractError};

pub(super) fn description() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {"title": "test", "version": "1"},
        "paths": {
            "/{ma_so}": {
                "parameters": [{"name": "ma_so", "in": "path", "required": true,
                                "schema": {"type": "string", "pattern": "^[0-9]{3,6}$"}}],
                "get": {
                    "parameters": [
                        {"name": "trang", "in": "query", "schema": {"type": "integer", "minimum": 1}},
                        {"name": "loai", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
                    ],
                    "responses": {
                        "200": {"$ref": "#/components/responses/Ho"},
                        "204": {"description": "không có"},
                        "4XX": {"description": "lỗi"}
                    }
                }
            },
            "/tra-cuu": {"post": {
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["ten"], "additionalProperties": false,
                    "properties": {"ten": {"type": "string", "maxLength": 20}}}}}},
                "responses": {"200": {"$ref": "#/components/responses/Ho"}}
            }},
            "/tep": {"get": {"responses": {"200": {"description": "tệp",
                "content": {"application/octet-stream": {}}}}}}
        },
        "components": {
            "responses": {"Ho": {"description": "hộ", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Ho"}}}}},
            "schemas": {
                "Ho": {"type": "object", "required": ["MaSo"], "additionalProperties": false, "properties": {
                    "MaSo": {"type": "string"},
                    "Chu": {"$ref": "#/components/schemas/Nguoi"},
                    "NganhNghe": {"type": "array", "items": {"type": "object", "properties": {"Ma": {"type": "string"}}}},
                    "Con": {"type": "array", "items": {"$ref": "#/components/schemas/Ho"}}
                }},
                "Nguoi": {"allOf": [{"type": "object", "properties": {"Ten": {"type": "string"}, "So": {"type": "string"}}}]}
            }
        }
    })
}

pub(super) fn contract() -> Contract {
    Contract::parse(description().to_string()).unwrap()
}

fn refused(change: impl FnOnce(&mut Value)) -> ContractError {
    let mut description = description();
    change(&mut description);
    Contract::parse(description.to_string()).unwrap_err()
}

#[test]
fn a_description_says_which_operations_and_fields_there_are() {
    let contract = contract();
    let check = |method: Method, template: &str, expected| {
        assert_eq!(contract.has_operation(&method, template), expected, "{method} {template}");
    };
    check(Method::GET, "/{anything}", true);
    check(Method::GET, "/*", true);
    check(Method::POST, "/tra-cuu", true);
    check(Method::GET, "/tra-cuu", false);
    check(Method::POST, "/{ma_so}", false);
    for path in ["MaSo", "Chu", "Chu.Ten", "NganhNghe.Ma", "Con.Con.Chu.So"] {
        assert!(contract.has_field(path), "{path}");
    }
    for path in ["", "Chu.", "Ten", "Chu.Ten.x", "ten"] {
        assert!(!contract.has_field(path), "{path}");
    }
}

#[test]
fn a_concrete_path_goes_before_one_with_names() {
    let contract = contract();
    assert!(contract.find(&Method::POST, "/tra-cuu").unwrap().0.body.is_some());
    assert_eq!(contract.find(&Method::GET, "/8001").unwrap().1, [("ma_so", "8001")]);
    assert!(contract.find(&Method::HEAD, "/8001").is_some());
    assert!(contract.find(&Method::DELETE, "/8001").is_none());
    assert!(contract.find(&Method::GET, "/8001/x").is_none());
}

#[test]
fn parameters_are_held_against_their_schemas() {
    let contract = contract();
    let check = |path: &str, query: Option<&str>, expected: Result<(), &str>| {
        let (operation, values) = contract.find(&Method::GET, path).unwrap();
        let found = operation.parameters.hold(&values, query, &HeaderMap::new());
        assert_eq!(found, expected.map_err(str::to_owned), "{path} {query:?}");
    };
    check("/8001", None, Ok(()));
    check("/800%31", Some("trang=2"), Ok(()));
    check("/8001", Some("loai=a&loai=b%20c&trang=1"), Ok(()));
    check("/80", None, Err("ma_so"));
    check("/8001%2F2", None, Err("ma_so"));
    check("/%ff%ff%ff", None, Err("ma_so"));
    check("/8001", Some("trang=0"), Err("trang"));
    check("/8001", Some("trang=x"), Err("trang"));
    check("/8001", Some("trang=1&trang=2"), Err("trang"));
    check("/8001", Some("khac=1"), Err("query"));
    check("/8001", Some("%ff=1"), Err("query"));
}

#[test]
fn an_answer_is_found_by_its_status_the_particular_first() {
    let contract = contract();
    let (operation, _) = contract.find(&Method::GET, "/8001").unwrap();
    let reply = |status| operation.reply(StatusCode::from_u16(status).unwrap());
    assert!(reply(200).unwrap().of_type("application/json").unwrap().is_some());
    assert!(reply(200).unwrap().of_type("text/html").is_none());
    assert!(reply(204).unwrap().is_empty());
    assert!(reply(404).unwrap().is_empty());
    assert!(reply(302).is_none() && reply(500).is_none());
}

#[test]
fn a_violation_is_named_by_its_place_in_the_contract_and_not_by_its_data() {
    let contract = contract();
    let (operation, _) = contract.find(&Method::POST, "/tra-cuu").unwrap();
    let check = operation.body.as_ref().unwrap().of_type("application/json").unwrap().unwrap();
    assert_eq!(check.hold(&json!({"ten": "An"})), Ok(()));
    let place = check.hold(&json!({"ten": "075085000001 075085000001"})).unwrap_err();
    assert_eq!(place, "/properties/ten/maxLength");
    let place = check.hold(&json!({"ten": "An", "075085000001": 1})).unwrap_err();
    assert!(!place.contains("075"), "{place}");
}

#[test]
fn what_cannot_be_checked_later_is_refused_at_once() {
    assert_eq!(Contract::parse("{".to_owned()).unwrap_err(), ContractError::Syntax);
    assert_eq!(
        Contract::parse(r#"{"openapi":"3.1.0","openapi":"3.1.0"}"#.to_owned()).unwrap_err(),
        ContractError::Syntax
    );
    assert_eq!(refused(|all| all["openapi"] = json!("3.0.3")), ContractError::Version);
    assert!(matches!(refused(|all| all["paths"] = json!({})), ContractError::Part { .. }));
    assert!(matches!(refused(|all| all["paths"]["/tep"]["get"]["responses"] = json!({})), ContractError::Part { .. }));
    let schema = |schema: Value| refused(move |all| all["components"]["schemas"]["Nguoi"] = schema);
    assert!(matches!(schema(json!({"type": "nothing"})), ContractError::Schema { .. }));
    assert!(matches!(schema(json!({"pattern": "(?=x)"})), ContractError::Schema { .. }));
    assert!(matches!(schema(json!({"$ref": "https://example.vn/s.json"})), ContractError::Reference { .. }));
    assert!(matches!(schema(json!({"$ref": "file:///etc/passwd"})), ContractError::Reference { .. }));
    assert!(matches!(schema(json!({"$ref": "#/components/schemas/Nobody"})), ContractError::Reference { .. }));
    assert!(matches!(schema(json!({"$id": "https://example.vn/s.json"})), ContractError::Reference { .. }));
    let circle = refused(|all| all["components"]["responses"]["Ho"] = json!({"$ref": "#/components/responses/Ho"}));
    assert!(matches!(circle, ContractError::Reference { .. }));
    let missing = refused(|all| all["paths"]["/{ma_so}"]["parameters"] = json!([]));
    assert_eq!(missing, ContractError::Part { at: "GET /{ma_so} ma_so".to_owned() });
}
