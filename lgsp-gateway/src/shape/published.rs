//! The descriptions that come with the gateway: of the population database, whose dialect departments never see, and of a
//! register as an example. A registry copies them and may publish others.

/// `XacThucThongTinCongDan`.
pub const VERIFY_CITIZEN: &str = include_str!("../../contracts/xac-thuc.openapi.json");
/// `TraCuuThongTinCongDan`.
pub const LOOK_UP_CITIZEN: &str = include_str!("../../contracts/tra-cuu.openapi.json");
/// `HoKinhDoanh`, a plain REST register.
pub const HOUSEHOLD_BUSINESS: &str = include_str!("../../contracts/ho-kinh-doanh.openapi.json");

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::shape::Contract;

    #[test]
    fn each_is_a_contract_with_the_operations_and_fields_it_promises() {
        let check = |text: &str, operations: &[(Method, &str)], fields: &[&str]| {
            let contract = Contract::parse(text.to_owned()).unwrap();
            for (method, path) in operations {
                assert!(contract.has_operation(method, path), "{method} {path}");
            }
            for field in fields {
                assert!(contract.has_field(field), "{field}");
            }
        };
        check(VERIFY_CITIZEN, &[(Method::POST, "")], &["KetQua"]);
        check(
            LOOK_UP_CITIZEN,
            &[(Method::POST, "")],
            &[
                "CongDan.SoDinhDanh",
                "CongDan.HoVaTen.Ten",
                "CongDan.NgayThangNamSinh.NgayThangNam",
                "CongDan.ThuongTru.MaPhuongXa",
                "CongDan.ChuHo.QuanHe",
            ],
        );
        let operations = [(Method::GET, "/{ma_so}"), (Method::PUT, "/{ma_so}"), (Method::POST, "/tra-cuu")];
        check(HOUSEHOLD_BUSINESS, &operations, &["ma_so", "ten", "tinh_trang", "chu_ho.ho_ten", "nganh_nghe.ma"]);
    }
}
