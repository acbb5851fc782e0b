//! What stands on the terminal: addresses, people, three things to try.

use std::{fmt::Write, time::Duration};

use sandbox::{
    apps::mot_cua::guide::shows,
    people::{PASSWORD, PEOPLE},
    province::{LOG, Part, Province},
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
    writeln!(text, "\nNgười dùng (people), mật khẩu (password) {PASSWORD}:\n")?;
    for person in PEOPLE {
        let staff = person.staff.map_or("", |staff| staff.username);
        let (role, english) = (person.role.vietnamese(), person.role.english());
        let level = person.account_level;
        writeln!(
            text,
            "  {}  {:<16}  {:<11}  {role} ({english}), mức độ (level) {level}",
            person.number, person.name, staff
        )?;
        writeln!(text, "                {}", shows(&person))?;
    }
    let secret = province.secrets().thu_nghiem.expose_secret();
    writeln!(
        text,
        "\nCho nhà cung cấp (for vendors), redirect http://127.0.0.1:7999/cb or http://localhost:7999/cb:\n"
    )?;
    writeln!(text, "  client_id thu-nghiem   client_secret {secret}")?;
    writeln!(text, "  client_id cong-dan-so  (public, PKCE, http://127.0.0.1:PORT/cb)")?;
    writeln!(text, "\nBa điều nên thử (three things to try):\n")?;
    let (home, school) = (addresses.at(Part::MotCua, "/"), addresses.at(Part::TruongHoc, "/"));
    let discovery = addresses.at(Part::Broker, "/.well-known/openid-configuration");
    writeln!(text, "  1. Mở {home} và đăng nhập (open it and log in) as 075085000001.")?;
    writeln!(text, "  2. Rồi mở {school}: không phải đăng nhập lại (no second login).")?;
    writeln!(text, "  3. Nối phần mềm của bạn (connect your own software): {discovery}")?;
    let folder = province.folder();
    writeln!(text, "\nNhật ký (log): {}", folder.join(LOG).display())?;
    writeln!(text, "Dừng bằng Ctrl-C; bắt đầu lại từ đầu bằng --fresh. (Ctrl-C stops, --fresh starts anew.)\n")?;
    write!(text, "ready")
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
