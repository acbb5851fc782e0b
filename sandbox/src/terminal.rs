//! What stands on the terminal: addresses, people, three things to try.

use std::{fmt::Write, time::Duration};

use sandbox::{
    apps::mot_cua::guide::shows,
    people::{PASSWORD, PEOPLE},
    province::{LOG, Part, Province, bus},
};
use secrecy::ExposeSecret;

/// Everything a newcomer needs, and `ready` in the last line.
pub fn welcome(province: &Province) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut text, province);
    text
}

fn write(text: &mut String, province: &Province) -> std::fmt::Result {
    let addresses = province.addresses();
    writeln!(text, "\nLiên Thông: một tỉnh trên máy này (a province on this machine)\n")?;
    for part in Part::ALL {
        writeln!(text, "  {:<31}  {:<22}  {}", part.vietnamese(), addresses.origin(part), part.english())?;
    }
    writeln!(
        text,
        "\nNgười dùng (people): số định danh, họ tên, ngày sinh, tài khoản cán bộ (number, name, birth date, staff account); \
         mật khẩu (password) {PASSWORD}:\n"
    )?;
    for person in PEOPLE {
        let staff = person.staff.map_or("", |staff| staff.username);
        let (role, english) = (person.role.vietnamese(), person.role.english());
        let level = person.account_level;
        writeln!(
            text,
            "  {}  {:<16}  {}  {:<11}  {role} ({english}), mức độ (level) {level}",
            person.number,
            person.name,
            person.born(),
            staff
        )?;
        writeln!(text, "                {}", shows(&person))?;
    }
    departments(text, province)?;
    let secret = province.secrets().thu_nghiem.expose_secret();
    writeln!(
        text,
        "\nCho nhà cung cấp (for vendors), redirect http://127.0.0.1:7999/cb or http://localhost:7999/cb:\n"
    )?;
    writeln!(text, "  client_id thu-nghiem   client_secret {secret}")?;
    writeln!(text, "  client_id cong-dan-so  (public, PKCE, http://127.0.0.1:PORT/cb)")?;
    writeln!(text, "\nNăm điều nên thử (five things to try):\n")?;
    let (home, school) = (addresses.at(Part::MotCua, "/"), addresses.at(Part::TruongHoc, "/"));
    let discovery = addresses.at(Part::Broker, "/.well-known/openid-configuration");
    writeln!(text, "  1. Mở {home} và đăng nhập (open it and log in) as 075085000001.")?;
    writeln!(text, "  2. Rồi mở {school}: không phải đăng nhập lại (no second login).")?;
    writeln!(text, "  3. Nối phần mềm của bạn (connect your own software): {discovery}")?;
    writeln!(
        text,
        "  4. Đăng nhập lại bằng tài khoản cán bộ dung.pham, rồi mở (log in as an officer, then open) {home}xac-minh."
    )?;
    let folder = province.folder();
    let settings = folder.join(bus::SETTINGS);
    let verify = format!("cargo run -p lgsp-gateway -- --config {} log verify", settings.display());
    writeln!(text, "  5. Kiểm chứng nhật ký của trục (verify the message log):\n     {verify}")?;
    writeln!(text, "\nNhật ký (log): {}", folder.join(LOG).display())?;
    writeln!(text, "Dừng bằng Ctrl-C; bắt đầu lại từ đầu bằng --fresh. (Ctrl-C stops, --fresh starts anew.)\n")?;
    write!(text, "ready")
}

/// The bus: who may call it, a call that works as it stands, and where its registry and its log lie.
fn departments(text: &mut String, province: &Province) -> std::fmt::Result {
    let (addresses, folder) = (province.addresses(), province.folder());
    let file = |name: &str| folder.join(name).display().to_string();
    writeln!(text, "\nĐơn vị trên trục (departments on the bus), mỗi đơn vị một chứng thư (a certificate each):\n")?;
    for (name, subsystem) in bus::DEPARTMENTS {
        let what = if name == "khong-quyen" {
            "không có thỏa thuận (no agreement)"
        } else {
            "một cửa (case handling)"
        };
        writeln!(text, "  {:<12}  {subsystem:<34}  {what}", format!("{name}.pem"))?;
    }
    let [(_, subsystem), ..] = bus::DEPARTMENTS;
    let address = addresses.at(Part::Gateway, "/r1/VN/GOV/000.00.00.H19/danh-muc/DanhMuc/dan-toc");
    writeln!(text, "\n  Một cuộc gọi dùng được ngay (a call that works as it stands):\n")?;
    writeln!(
        text,
        "  curl --cacert {ca} --cert {certificate} --key {key} \\\n    -H 'X-Road-Client: {subsystem}' {address}",
        ca = file("pki/ca.pem"),
        certificate = file("pki/mot-cua.pem"),
        key = file("pki/mot-cua.key"),
    )?;
    writeln!(
        text,
        "\n  Sổ đăng ký của trục (registry), sửa là có hiệu lực ngay (edits take effect): {}",
        file(bus::REGISTRY_FOLDER)
    )?;
    let kept = province
        .message_log()
        .map_or_else(|| "trong Postgres (in Postgres)".to_owned(), |path| path.display().to_string());
    writeln!(text, "  Nhật ký thông điệp (message log): {kept}")
}

/// One step of the check with its duration.
pub fn step(name: &str, took: Duration) -> String {
    format!("{:>6} ms  {name}", took.as_millis())
}

/// The one place that writes to stdout.
#[expect(clippy::print_stdout, reason = "the table, the steps of the check and `ready` are what the program is for")]
pub fn say(text: &str) {
    println!("{text}");
}

/// Faults at start.
#[expect(clippy::print_stderr, reason = "a fault at start is for the terminal that started it")]
pub fn complain(text: &str) {
    eprintln!("{text}");
}
