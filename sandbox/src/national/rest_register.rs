//! The stand-in for the province's own registers behind plain REST, each service below its code: household businesses,
//! shared catalogues, files. It is also what gateways are measured with, so it does little per request.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::digest::{Context, SHA256};
use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use bytes::Bytes;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::mood::{self, LieHow, Mood, Wanted};

const BUSINESSES: &str = "HoKinhDoanh";
const CATALOGUES: &str = "DanhMuc";
const FILES: &str = "TapTin";
/// How many businesses can be written.
const MOST_BUSINESSES: usize = 10_000;
/// The largest file that is made, in bytes.
const LARGEST_FILE: u64 = 10 * 1024 * 1024 * 1024;
/// A piece of a file, in bytes.
const PIECE: usize = 64 * 1024;

struct Shared {
    mood: Arc<Mood>,
    businesses: RwLock<HashMap<String, Bytes>>,
    catalogues: HashMap<&'static str, Bytes>,
    piece: Bytes,
}

/// The whole stand-in, to be served at the root of its own address.
pub fn router() -> Router {
    let mood = Mood::new(&[BUSINESSES, CATALOGUES, FILES]);
    let shared = Arc::new(Shared {
        mood: Arc::clone(&mood),
        businesses: RwLock::new(businesses()),
        catalogues: catalogues(),
        piece: Bytes::from(vec![b'x'; PIECE]),
    });
    Router::new()
        .route("/", get(|| async { "Sổ đăng ký REST mô phỏng\n" }))
        .route("/HoKinhDoanh/{ma_so}", get(business).put(write))
        .route("/HoKinhDoanh/tra-cuu", post(find))
        .route("/DanhMuc/{danh_muc}", get(catalogue))
        .route("/TapTin", post(take))
        .route("/TapTin/{ten}", put(take).get(give))
        .with_state(shared)
        .merge(mood::operator(mood))
}

async fn business(State(shared): State<Arc<Shared>>, Path(number): Path<String>) -> Response {
    let wanted = shared.mood.meet(BUSINESSES).await;
    answer(wanted, shared.business(&number))
}

#[derive(Deserialize)]
struct Search {
    ma_so: String,
}

async fn find(State(shared): State<Arc<Shared>>, Json(search): Json<Search>) -> Response {
    let wanted = shared.mood.meet(BUSINESSES).await;
    answer(wanted, shared.business(&search.ma_so))
}

async fn write(State(shared): State<Arc<Shared>>, Path(number): Path<String>, Json(value): Json<Value>) -> Response {
    let wanted = shared.mood.meet(BUSINESSES).await;
    if wanted == Wanted::Good && value.get("ma_so").and_then(Value::as_str) != Some(number.as_str()) {
        return error(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let text = Bytes::from(value.to_string());
    let mut businesses = shared.businesses.write().unwrap_or_else(PoisonError::into_inner);
    if businesses.len() >= MOST_BUSINESSES && !businesses.contains_key(&number) {
        return error(StatusCode::INSUFFICIENT_STORAGE);
    }
    if wanted == Wanted::Good {
        businesses.insert(number, text.clone());
    }
    answer(wanted, Some(text))
}

async fn catalogue(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let wanted = shared.mood.meet(CATALOGUES).await;
    answer(wanted, shared.catalogues.get(name.as_str()).cloned())
}

/// Takes a file of any length and says what it was.
async fn take(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let wanted = shared.mood.meet(FILES).await;
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0_u64);
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let Ok(piece) = piece else { return error(StatusCode::BAD_REQUEST) };
        digest.update(&piece);
        bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    let hex = digest.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing into a text does not fail.
        write!(hex, "{byte:02x}").unwrap_or_default();
        hex
    });
    answer(wanted, Some(json!({ "bytes": bytes, "sha256": hex }).to_string().into()))
}

/// Gives a file of as many bytes as its name says.
async fn give(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let wanted = shared.mood.meet(FILES).await;
    let Some(bytes) = name.parse::<u64>().ok().filter(|bytes| *bytes <= LARGEST_FILE) else {
        return answer(wanted, None);
    };
    if wanted != Wanted::Good {
        return answer(wanted, Some(Bytes::new()));
    }
    let piece = shared.piece.clone();
    let pieces = futures::stream::unfold(bytes, move |left| {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        let next = (length > 0).then(|| piece.slice(..length));
        let left = left.saturating_sub(u64::try_from(length).unwrap_or(left));
        std::future::ready(next.map(|next| (Ok::<_, std::io::Error>(next), left)))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

impl Shared {
    fn business(&self, number: &str) -> Option<Bytes> {
        self.businesses.read().unwrap_or_else(PoisonError::into_inner).get(number).cloned()
    }
}

const JSON: (HeaderName, HeaderValue) = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));

fn answer(wanted: Wanted, good: Option<Bytes>) -> Response {
    let how = match wanted {
        Wanted::Failure(status) => return error(status),
        Wanted::Good => {
            return good.map_or_else(|| error(StatusCode::NOT_FOUND), |text| ([JSON], text).into_response());
        }
        Wanted::Lie(how) => how,
    };
    let good = good.unwrap_or_else(|| Bytes::from_static(b"{\"loi\":\"khong co\"}"));
    match how {
        LieHow::Garbage | LieHow::Doctype | LieHow::FaultInside => ([JSON], "\u{7f}<<<").into_response(),
        LieHow::WrongType => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))], "<!doctype html><title>Bảo trì</title>")
                .into_response()
        }
        LieHow::Cut => {
            let (length, body) = mood::cut(&good);
            ([JSON, (header::CONTENT_LENGTH, HeaderValue::from(length))], body).into_response()
        }
        LieHow::Oversize => ([JSON], format!("\"{}\"", "a".repeat(16 * 1024 * 1024))).into_response(),
        LieHow::ErrorInside => ([JSON], r#"{"error_code":500,"message":"lỗi"}"#).into_response(),
        LieHow::WrongPerson | LieHow::OtherRequest => {
            ([JSON], r#"{"ma_so":"0","ten":1,"tinh_trang":"khac"}"#).into_response()
        }
    }
}

fn error(status: StatusCode) -> Response {
    (status, [JSON], format!(r#"{{"loi":"{}"}}"#, status.as_u16())).into_response()
}

/// Invented household businesses, each about one KiB.
fn businesses() -> HashMap<String, Bytes> {
    let rows = [
        ("8001234567", "HỘ KINH DOANH AN BÌNH", "dang-hoat-dong", "Nguyễn Văn An", "075085000001"),
        ("8002345678", "TẠP HÓA GIANG", "dang-hoat-dong", "Võ Thị Giang", "075172000006"),
        ("8003456789", "QUÁN CƠM BẢY", "tam-ngung", "Nguyễn Thị Bảy", "075168000007"),
    ];
    rows.into_iter()
        .map(|(number, name, state, owner, id)| {
            let text = json!({
                "ma_so": number, "ten": name, "tinh_trang": state, "ngay_cap": "2019-04-08",
                "co_quan_cap": "000.00.15.H19",
                "dia_chi": {"chi_tiet": "12 Cách Mạng Tháng Tám", "phuong_xa": "26041", "tinh_thanh": "75"},
                "chu_ho": {"ho_ten": owner, "so_dinh_danh": id, "dien_thoai": "0900000001"},
                "nganh_nghe": [
                    {"ma": "4711", "ten": "Bán lẻ lương thực, thực phẩm, đồ uống, thuốc lá, thuốc lào"},
                    {"ma": "5610", "ten": "Nhà hàng và các dịch vụ ăn uống phục vụ lưu động"},
                    {"ma": "4773", "ten": "Bán lẻ hàng hóa khác mới trong các cửa hàng chuyên doanh"}
                ],
                "von_kinh_doanh": 150_000_000, "so_lao_dong": 3,
                "ghi_chu": "Dữ liệu mô phỏng, không có thật: cửa hàng ở góc chợ, mở cửa từ sáu giờ sáng đến tám giờ tối, nghỉ ba ngày Tết."
            });
            (number.to_owned(), Bytes::from(text.to_string()))
        })
        .collect()
}

fn catalogues() -> HashMap<&'static str, Bytes> {
    let list = |name: &'static str, rows: &[(&str, &str)]| {
        let rows: Vec<Value> = rows.iter().map(|(code, name)| json!({ "ma": code, "ten": name })).collect();
        (name, Bytes::from(json!({ "danh_muc": name, "muc": rows }).to_string()))
    };
    HashMap::from([
        list("gioi-tinh", &[("0", "Chưa có thông tin"), ("1", "Nam"), ("2", "Nữ")]),
        list(
            "dan-toc",
            &[("01", "Kinh"), ("02", "Tày"), ("03", "Thái"), ("04", "Hoa"), ("05", "Khmer"), ("06", "Mường")],
        ),
        list("ton-giao", &[("00", "Không"), ("01", "Phật giáo"), ("02", "Công giáo")]),
        list("tinh-trang-hon-nhan", &[("1", "Chưa kết hôn"), ("2", "Đang có vợ/chồng"), ("3", "Đã ly hôn")]),
        list("nhom-mau", &[("00", "Chưa có thông tin"), ("01", "A"), ("02", "B"), ("03", "AB"), ("04", "O")]),
        list("chuyen-doi-so", &[("1", "Dịch vụ công trực tuyến"), ("2", "Hạ tầng số"), ("3", "Dữ liệu số")]),
    ])
}
