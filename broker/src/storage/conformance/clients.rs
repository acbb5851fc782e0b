//! What every store of clients must do.

use super::{
    Bench,
    made::{NOW, client, later},
};
use crate::clients::Client;

fn registered(number: u32) -> Client {
    let text = serde_json::json!({
        "client_id": client(number).as_str(),
        "name": { "vi": "Một cửa", "en": "One stop" },
        "legal_entity": { "code": "000.00.15.H19", "vi": "Sở", "en": "Department" },
        "purpose": { "vi": "Hồ sơ", "en": "Cases" },
        "legal_basis": "NĐ 107/2021",
        "credentials": { "method": "public" },
        "grant_types": ["authorization_code"],
        "scopes": ["openid"],
    });
    serde_json::from_value(text).unwrap()
}

pub(in super::super) async fn clients_are_replaced_and_the_ones_that_are_gone_are_disabled(bench: &impl Bench) {
    let clients = &bench.stores().clients;
    let disabled = Client { enabled: false, ..registered(3) };
    clients.replace_all(&[registered(1), registered(2), disabled.clone()], NOW).await.unwrap();
    assert_eq!(clients.get(&client(1)).await.unwrap(), Some(registered(1)));
    assert_eq!(clients.get(&client(3)).await.unwrap(), Some(disabled));
    assert_eq!(clients.get(&client(4)).await.unwrap(), None);
    let changed = Client { legal_basis: "NĐ 69/2024".into(), ..registered(2) };
    clients.replace_all(std::slice::from_ref(&changed), later(1)).await.unwrap();
    assert_eq!(clients.get(&client(2)).await.unwrap(), Some(changed));
    assert_eq!(clients.get(&client(1)).await.unwrap(), Some(Client { enabled: false, ..registered(1) }));
    clients.replace_all(&[registered(1)], later(2)).await.unwrap();
    assert_eq!(clients.get(&client(1)).await.unwrap(), Some(registered(1)));
}
