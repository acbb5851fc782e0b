//! What a reply of one KiB costs. Measured with `cargo test --release -p lgsp-gateway shape::tests::cost -- --ignored
//! --nocapture`.

use std::sync::Arc;

use bytes::Bytes;
use contract::{Body, ExchangeReply};
use http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE};
use tokio::time::Instant;

use crate::{
    registry::Release,
    shape::{Contract, Spools, published, reply::Rule},
    trail::Trail,
};

const ROUNDS: u32 = 20_000;

fn business() -> Bytes {
    let line = serde_json::json!({"ma": "4711", "ten": "Bán lẻ lương thực, thực phẩm, đồ uống, thuốc lá, thuốc lào"});
    let value = serde_json::json!({
        "ma_so": "8001234567", "ten": "HỘ KINH DOANH AN BÌNH", "tinh_trang": "dang-hoat-dong", "ngay_cap": "2019-04-08",
        "co_quan_cap": "000.00.15.H19",
        "dia_chi": {"chi_tiet": "12 Cách Mạng Tháng Tám", "phuong_xa": "26041", "tinh_thanh": "75"},
        "chu_ho": {"ho_ten": "Nguyễn Văn An", "so_dinh_danh": "075085000001", "dien_thoai": "0900000001"},
        "nganh_nghe": [line, line, line], "von_kinh_doanh": 150_000_000, "so_lao_dong": 3, "ghi_chu": "x".repeat(200)
    });
    value.to_string().into()
}

#[tokio::test]
#[ignore = "a measurement, worth something in a release build alone"]
async fn a_filtered_reply_of_one_kib_costs_microseconds() {
    let contract = Contract::parse(published::HOUSEHOLD_BUSINESS.to_owned()).unwrap();
    let release = Release::Fields(["ma_so", "ten", "tinh_trang"].map(Arc::from).into());
    let rule = Rule {
        contract: Some(&contract),
        release: &release,
        most: 1_000_000,
        method: &Method::GET,
        path: "/8001234567",
    };
    let (spools, body) = (Spools::new("."), business());
    let began = Instant::now();
    for _ in 0..ROUNDS {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
        let answer = ExchangeReply { status: StatusCode::OK, headers, body: Body::Held(body.clone()) };
        let mut trail = Trail::default();
        rule.shape(&spools, answer, &mut trail).await.unwrap();
        assert_eq!(trail.withheld.len(), 8);
    }
    println!("{} bytes: {:?} each", body.len(), began.elapsed() / ROUNDS);
}
