//! For several replicas: Postgres. Not written yet.
