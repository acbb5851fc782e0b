//! Basic OP: `OIDCCBasicTestPlan`.

pub mod claims;
pub mod codes;
pub mod flows;
pub mod parameters;
pub mod prompts;
pub mod refresh;
pub mod refusals;
pub mod userinfo;
