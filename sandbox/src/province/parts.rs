//! The parts of the province, and the address of each.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// A part of the province that has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The broker, where people and clients reach it.
    Broker,
    /// Health and metrics of the broker.
    Operator,
    /// Case handling.
    MotCua,
    /// Document management.
    Qlvb,
    /// The school.
    TruongHoc,
    /// The VNeID stand-in.
    Vneid,
    /// The staff identity provider stand-in.
    Staff,
    /// The population database stand-in.
    Population,
    /// The stand-in of an ordinary REST register.
    Register,
    /// The gateway, where departments reach it: mutual TLS.
    Gateway,
    /// Health and metrics of the gateway.
    GatewayOperator,
}

impl Part {
    /// Every part, in the order of the table that the province prints.
    pub const ALL: [Self; 11] = [
        Self::MotCua,
        Self::Qlvb,
        Self::TruongHoc,
        Self::Broker,
        Self::Operator,
        Self::Gateway,
        Self::GatewayOperator,
        Self::Vneid,
        Self::Staff,
        Self::Population,
        Self::Register,
    ];

    /// How far its port lies above the port base.
    #[must_use]
    pub const fn offset(self) -> u16 {
        match self {
            Self::Broker => 0,
            Self::Operator => 1,
            Self::MotCua => 10,
            Self::Qlvb => 11,
            Self::TruongHoc => 12,
            Self::Vneid => 20,
            Self::Staff => 21,
            Self::Population => 30,
            Self::Register => 31,
            Self::Gateway => 50,
            Self::GatewayOperator => 51,
        }
    }

    /// Its name, Vietnamese.
    #[must_use]
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Broker => "Cổng đăng nhập Liên Thông",
            Self::Operator => "Cổng: cho người vận hành",
            Self::MotCua => "Một cửa điện tử (bắt đầu ở đây)",
            Self::Qlvb => "Quản lý văn bản",
            Self::TruongHoc => "Trường học",
            Self::Vneid => "VNeID mô phỏng",
            Self::Staff => "Tài khoản cán bộ mô phỏng",
            Self::Population => "CSDL dân cư mô phỏng",
            Self::Register => "Sổ đăng ký REST mô phỏng",
            Self::Gateway => "Trục liên thông của tỉnh",
            Self::GatewayOperator => "Trục: cho người vận hành",
        }
    }

    /// Its name, English.
    #[must_use]
    pub const fn english(self) -> &'static str {
        match self {
            Self::Broker => "broker, the issuer",
            Self::Operator => "broker: health, metrics",
            Self::MotCua => "case handling: start here",
            Self::Qlvb => "document management",
            Self::TruongHoc => "school",
            Self::Vneid => "VNeID stand-in",
            Self::Staff => "staff identity provider stand-in",
            Self::Population => "population database stand-in",
            Self::Register => "REST register stand-in",
            Self::Gateway => "gateway, mutual TLS",
            Self::GatewayOperator => "gateway: health, metrics",
        }
    }

    /// What answers when the part is ready; `None` for the gateway, which speaks to nobody without a certificate and
    /// answers for itself at its operator listener.
    #[must_use]
    pub const fn probe(self) -> Option<&'static str> {
        match self {
            Self::Broker | Self::Staff => Some("/.well-known/openid-configuration"),
            Self::Operator | Self::GatewayOperator => Some("/ready"),
            Self::MotCua | Self::Qlvb | Self::TruongHoc => Some("/live"),
            Self::Vneid | Self::Population | Self::Register => Some("/"),
            Self::Gateway => None,
        }
    }
}

/// Which ports the parts get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// Fixed ones from this base on.
    From(u16),
    /// Whatever is free, for tests.
    Free,
}

/// A port that cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "cổng {port} không dùng được cho \"{}\"; chọn dãy khác bằng --port-base, ví dụ --port-base {}\n\
     port {port} cannot be used for {}; choose others with --port-base, for instance --port-base {}",
    part.vietnamese(), other_base(*port), part.english(), other_base(*port)
)]
pub struct PortTaken {
    /// The part that wanted it.
    pub part: Part,
    /// The port.
    pub port: u32,
    /// Why.
    pub source: std::io::Error,
}

fn other_base(port: u32) -> u32 {
    let base = port / 100 * 100;
    if base + 1_000 < 65_000 { base + 1_000 } else { 8_400 }
}

/// Where each part is.
#[derive(Clone, Debug)]
pub struct Addresses([(Part, u16); Part::ALL.len()]);

impl Addresses {
    /// The port of a part.
    #[must_use]
    pub fn port(&self, part: Part) -> u16 {
        self.0.iter().find(|(other, _)| *other == part).map_or(0, |(_, port)| *port)
    }

    /// Where a part listens.
    #[must_use]
    pub fn socket(&self, part: Part) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port(part)))
    }

    /// The origin of a part, without a slash at its end; the broker's is its issuer.
    #[must_use]
    pub fn origin(&self, part: Part) -> String {
        let scheme = if part == Part::Gateway { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.port(part))
    }

    /// Where a stand-in can be told to delay, fail, lie or rotate its keys; the other parts have no such thing.
    #[must_use]
    pub fn behaviour(&self, part: Part) -> Option<String> {
        matches!(part, Part::Vneid | Part::Staff | Part::Population | Part::Register)
            .then(|| self.at(part, "/_operator/behaviour"))
    }

    /// An address at a part. `path` begins with a slash.
    #[must_use]
    pub fn at(&self, part: Part, path: &str) -> String {
        format!("{}{path}", self.origin(part))
    }
}

/// The listeners of all parts, taken before anything starts, so that a taken port is found while nothing runs yet.
pub struct Listeners {
    /// Where each part will be.
    pub addresses: Addresses,
    taken: Vec<(Part, TcpListener)>,
}

impl Listeners {
    /// Takes every port.
    pub fn take(ports: Ports) -> Result<Self, PortTaken> {
        let mut taken = Vec::with_capacity(Part::ALL.len());
        let mut numbers = Part::ALL.map(|part| (part, 0));
        for (part, number) in &mut numbers {
            let listener = listen(*part, ports)?;
            *number = listener.local_addr().map_err(|source| PortTaken { part: *part, port: 0, source })?.port();
            taken.push((*part, listener));
        }
        Ok(Self { addresses: Addresses(numbers), taken })
    }

    /// Gives the listener of a part away. The broker opens its own, so for it this only frees the port.
    pub fn give(&mut self, part: Part) -> Option<TcpListener> {
        let at = self.taken.iter().position(|(other, _)| *other == part)?;
        Some(self.taken.swap_remove(at).1)
    }
}

fn listen(part: Part, ports: Ports) -> Result<TcpListener, PortTaken> {
    let wanted = match ports {
        Ports::From(base) => u32::from(base) + u32::from(part.offset()),
        Ports::Free => 0,
    };
    let taken = |source| PortTaken { part, port: wanted, source };
    let port = u16::try_from(wanted).map_err(|_| taken(std::io::ErrorKind::InvalidInput.into()))?;
    boot::serve::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_part_and_the_way_out() {
        let other = boot::serve::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let port = other.local_addr().unwrap().port();
        // The first part of the table is asked first, so its port is the one that must be taken.
        let base = port - Part::MotCua.offset();
        let error = Listeners::take(Ports::From(base)).err().unwrap();
        assert_eq!((error.part, error.port), (Part::MotCua, u32::from(port)));
        let text = error.to_string();
        assert!(text.contains("case handling") && text.contains("--port-base"), "{text}");
    }

    #[tokio::test]
    async fn a_base_that_leaves_the_range_of_ports_is_refused() {
        assert!(Listeners::take(Ports::From(65_530)).is_err());
    }

    #[tokio::test]
    async fn free_ports_differ_from_each_other() {
        let addresses = Listeners::take(Ports::Free).unwrap().addresses;
        let ports: std::collections::BTreeSet<_> = Part::ALL.map(|part| addresses.port(part)).into();
        assert_eq!(ports.len(), Part::ALL.len());
        assert!(!ports.contains(&0));
    }
}
