//! Registers behind TLS, reached by adapters as the gateway makes them of its settings.

mod register;
mod tls;
