//! The sample applications, each with its own key or secret.

use std::sync::Arc;

use axum::Router;
use secrecy::SecretString;
use signing::{Algorithm, SigningKey};

use super::{LOG, Part, ProvinceError, World, state::State};
use crate::apps::{
    Application, Face, mot_cua,
    mot_cua::{
        guide::{Guide, Sight},
        verification::Verification,
    },
    qlvb,
    relying_party::{BUS_SCOPE, Proof, Registered},
    routes::{CALLBACK, SIGNED_OUT},
    truong_hoc,
};
use crate::{bus::Caller, national::vneid::RelyingPartyKey};

/// Keys and secrets of clients, made at the first start and kept.
pub(super) struct Keys {
    pub(super) mot_cua: SigningKey,
    pub(super) qlvb: SigningKey,
    pub(super) truong_hoc: SecretString,
    pub(super) thu_nghiem: SecretString,
    /// The broker's RSA key pair for VNeID.
    pub(super) vneid: RelyingPartyKey,
    /// The broker's secret at VNeID.
    pub(super) vneid_secret: SecretString,
    /// The broker's secret at the staff provider.
    pub(super) staff_secret: SecretString,
}

impl Keys {
    pub(super) async fn of(state: &State) -> Result<Self, ProvinceError> {
        let own = state.clone();
        // Making an RSA key takes longer than everything else here; meanwhile the rest is made.
        let vneid = tokio::task::spawn_blocking(move || own.relying_party_key("vneid-rsa"));
        let (mot_cua, qlvb) = (state.key("mot-cua", Algorithm::ES256)?, state.key("qlvb", Algorithm::ES256)?);
        let (truong_hoc, thu_nghiem) = (state.secret("truong-hoc")?, state.secret("thu-nghiem")?);
        let (vneid_secret, staff_secret) = (state.secret("vneid")?, state.secret("can-bo")?);
        let vneid = vneid.await.map_err(|_| ProvinceError::Interrupted)??;
        Ok(Self { mot_cua, qlvb, truong_hoc, thu_nghiem, vneid, vneid_secret, staff_secret })
    }
}

/// The three applications.
pub(super) fn all(world: &World, keys: Keys, caller: Caller) -> Result<Vec<(Part, Router)>, ProvinceError> {
    let scopes = ["profile", "vn_identity", BUS_SCOPE];
    let mot_cua = application(world, Part::MotCua, &mot_cua::FACE, &scopes, Proof::PrivateKey(keys.mot_cua))?;
    let verification = Verification::new(mot_cua.clone(), caller);
    let qlvb = application(world, Part::Qlvb, &qlvb::FACE, &["profile", "email"], Proof::PrivateKey(keys.qlvb))?;
    let school = Proof::Secret(keys.truong_hoc);
    let truong_hoc = application(world, Part::TruongHoc, &truong_hoc::FACE, &["profile"], school)?;
    Ok(vec![
        (Part::MotCua, mot_cua::router(mot_cua, guide(world), verification)),
        (Part::Qlvb, qlvb::router(qlvb)),
        (Part::TruongHoc, truong_hoc::router(truong_hoc)),
    ])
}

fn application(
    world: &World,
    part: Part,
    face: &'static Face,
    scopes: &[&str],
    proof: Proof,
) -> Result<Arc<Application>, ProvinceError> {
    let address = |path| world.addresses.at(part, path).parse().map_err(|_| ProvinceError::Build(part));
    let registered = Registered {
        issuer: world.addresses.origin(Part::Broker),
        client_id: face.client_id.to_owned(),
        redirect_uri: address(CALLBACK)?,
        post_logout_redirect_uri: address(SIGNED_OUT)?,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
        proof,
    };
    let home = world.addresses.at(Part::MotCua, "/");
    Application::new(face, registered, home, world.clock.clone(), world.entropy.clone())
        .map(Arc::new)
        .map_err(|_| ProvinceError::Build(part))
}

fn guide(world: &World) -> Guide {
    let at = |part, path| world.addresses.at(part, path);
    let file = |name: &str| world.folder.join(name).display().to_string();
    let page = |name, address, what| Sight { name, address, what, opens: true };
    let paper = |name, address, what| Sight { name, address, what, opens: false };
    let discovery = at(Part::Broker, "/.well-known/openid-configuration");
    let mut sights = vec![
        page("Trường học", at(Part::TruongHoc, "/"), "Ứng dụng thứ hai, không phải đăng nhập lại."),
        page("Quản lý văn bản", at(Part::Qlvb, "/"), "Dành cho cán bộ; biết bạn là ai chưa phải là cho bạn làm gì."),
        page("Cổng tự giới thiệu", discovery, "Mọi địa chỉ và khả năng của cổng, cho phần mềm đọc."),
        page("Khóa công khai", at(Part::Broker, "/jwks"), "Để ai cũng kiểm chứng được chữ ký của cổng."),
        page("Cổng có sẵn sàng không", at(Part::Operator, "/ready"), "Cho người vận hành: ký được, ghi được không."),
        page("Số đo của cổng", at(Part::Operator, "/metrics"), "Cho người vận hành."),
        page("VNeID mô phỏng", at(Part::Vneid, "/"), "Nói đúng tiếng của VNeID, và làm hỏng được theo ý bạn."),
        page("Tài khoản cán bộ mô phỏng", at(Part::Staff, "/"), "Một nhà cung cấp OpenID Connect thông thường."),
        paper("Nhật ký", file(LOG), "Mỗi dòng là một việc; tìm theo mã tham chiếu trên trang báo lỗi."),
        paper("Ứng dụng đã đăng ký", file("clients.toml"), "Ai được nhận gì, theo quy định nào."),
        paper(
            "Bí mật của thu-nghiem",
            file("secrets/thu-nghiem.secret"),
            "Để nối phần mềm của bạn; địa chỉ nhận kết quả là http://127.0.0.1:7999/cb.",
        ),
    ];
    if world.embedded {
        let what = "SQLite; bảng kiểm toán ghi mọi quyết định.";
        sights.push(paper("Cơ sở dữ liệu của cổng", file("broker.db"), what));
    }
    Guide::new(at(Part::TruongHoc, "/"), at(Part::Qlvb, "/"), sights)
}
