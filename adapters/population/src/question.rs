//! The elements of a question, in the order the database demands.

use adapter_soap::Element;
use contract::{ExchangeError, ForeignCodes};

use crate::{
    PopulationSettings,
    input::{Birth, Input, Number},
};

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// `XacThucThongTinCongDan`: is it so? Yes or no.
    Verify,
    /// `TraCuuThongTinCongDan`: what is known?
    LookUp,
}

impl Operation {
    /// By the code of the service.
    pub(crate) fn of(service: &str) -> Option<Self> {
        [Self::Verify, Self::LookUp].into_iter().find(|operation| operation.question() == service)
    }

    /// The element of the question.
    pub(crate) const fn question(self) -> &'static str {
        match self {
            Self::Verify => "XacThucThongTinCongDan",
            Self::LookUp => "TraCuuThongTinCongDan",
        }
    }

    /// The element of the answer.
    pub(crate) const fn answer(self) -> &'static str {
        match self {
            Self::Verify => "XacThucThongTinCongDanResponse",
            Self::LookUp => "TraCuuThongTinCongDanResponse",
        }
    }
}

/// Who asks, in the database's codes.
pub(crate) struct Asker {
    procedure: String,
    officer: String,
    agency: String,
}

impl Asker {
    /// All three must be known.
    ///
    /// # Errors
    /// [`ExchangeError::Mapping`] names the first that is not.
    pub(crate) fn new(codes: &ForeignCodes) -> Result<Self, ExchangeError> {
        let known = |code: &Option<std::sync::Arc<str>>, what| {
            code.as_deref().map(str::to_owned).ok_or(ExchangeError::Mapping { what })
        };
        Ok(Self {
            officer: known(&codes.officer, "officer")?,
            procedure: known(&codes.procedure, "procedure")?,
            agency: known(&codes.agency, "agency")?,
        })
    }
}

/// The question. The order of its elements is part of the dialect.
pub(crate) fn element(
    operation: Operation,
    number: &str,
    asker: Asker,
    settings: &PopulationSettings,
    input: &Input,
) -> Element {
    let mut all = vec![
        Element::text("MaYeuCau", number),
        Element::text("MaDVC", asker.procedure),
        Element::text("MaTichHop", &settings.integration),
        Element::text("MaCanBo", asker.officer),
        Element::text("MaDonVi", asker.agency),
    ];
    all.extend(settings.account.as_ref().map(|account| Element::text("TaiKhoan", account)));
    all.extend(settings.phone.as_ref().map(|phone| Element::text("SoDienThoai", phone)));
    all.push(match &input.number {
        Number::Personal(number) => Element::text("SoDinhDanh", number.expose()),
        Number::Card(number) => Element::text("SoCMND", number),
    });
    all.push(Element::text("HoVaTen", &input.name));
    all.push(Element::parent(
        "NgayThangNamSinh",
        vec![match &input.birth {
            Birth::Year(year) => Element::text("Nam", year),
            Birth::Date(date) => Element::text("NgayThangNam", date),
        }],
    ));
    Element::parent(operation.question(), all)
}
