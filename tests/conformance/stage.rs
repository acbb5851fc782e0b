//! Starts the providers that a run needs, once each, and stops them.

use std::sync::Arc;

use anyhow::{Context, Result};
use sandbox::province::Storage;

use crate::{
    cluster, control,
    harness::{Arguments, Report, full_name},
    module::Module,
    op::{Op, Side},
    ours,
};

/// The providers of a run.
pub struct Stage {
    provinces: Vec<ours::Ours>,
    controls: Option<control::Controls>,
}

impl Stage {
    /// Starts what is wanted and can be had; what cannot be had is reported as ignored.
    pub async fn set(modules: &[Module], arguments: &Arguments, report: &mut Report) -> Result<Self> {
        let mut stage = Self { provinces: Vec::new(), controls: None };
        for side in Side::ALL {
            if let Some(why) = missing(side) {
                report.ignore(modules, side, &why, arguments);
            } else if modules.iter().any(|module| arguments.want(&full_name(side, module))) {
                stage.start(side).await.with_context(|| format!("{} does not start", side.name()))?;
            } else {
                report.pass_over(modules.len());
            }
        }
        Ok(stage)
    }

    async fn start(&mut self, side: Side) -> Result<()> {
        match side {
            Side::Ours => self.provinces.push(ours::start(side, Storage::Embedded).await?),
            Side::Cluster => self.provinces.push(ours::start(side, cluster::storage()?).await?),
            Side::Control => self.controls = Some(control::start(&[""]).await?),
        }
        Ok(())
    }

    /// Every provider.
    pub fn ops(&self) -> Vec<&Arc<Op>> {
        let controls = self.controls.iter().flat_map(|controls| &controls.ops);
        self.provinces.iter().map(|province| &province.op).chain(controls).collect()
    }

    /// Stops them.
    pub async fn strike(self) {
        for province in self.provinces {
            province.stop().await;
        }
    }
}

/// Why a side cannot be had.
fn missing(side: Side) -> Option<String> {
    match side {
        Side::Ours => None,
        Side::Cluster => cluster::missing(),
        Side::Control => control::missing(),
    }
}
