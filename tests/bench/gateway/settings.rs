//! Settings files of what is measured.

use std::path::Path;

use certs::authority::KeyKind;

use super::{pki, targets::Storage, write};

/// nginx as a plain mutual-TLS proxy: one worker, no access log, kept connections to the register.
pub fn nginx(folder: &Path, port: u16, register: u16) -> String {
    let folder = folder.display();
    format!(
        "worker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nevents {{ worker_connections 1024; }}\n\
         http {{\n  access_log off;\n  client_body_temp_path {folder}/nginx-body;\n  proxy_temp_path {folder}/nginx-proxy;\n  \
         fastcgi_temp_path {folder}/nginx-fastcgi;\n  uwsgi_temp_path {folder}/nginx-uwsgi;\n  scgi_temp_path {folder}/nginx-scgi;\n  \
         upstream register {{ server 127.0.0.1:{register}; keepalive 64; keepalive_requests 1000000000; }}\n  \
         server {{\n    listen 127.0.0.1:{port} ssl;\n    ssl_protocols TLSv1.2 TLSv1.3;\n    \
         ssl_certificate {folder}/server.pem;\n    ssl_certificate_key {folder}/server.key;\n    \
         ssl_client_certificate {folder}/ca.pem;\n    ssl_crl {folder}/crl.pem;\n    ssl_verify_client on;\n    \
         keepalive_requests 1000000000;\n    keepalive_timeout 600s;\n    \
         location /r1/VN/GOV/000.00.00.H19/dang-ky-kinh-doanh/HoKinhDoanh/ {{\n      proxy_http_version 1.1;\n      \
         proxy_set_header Connection \"\";\n      proxy_pass http://register/HoKinhDoanh/;\n    }}\n  }}\n}}\n"
    )
}

/// A gateway with its defaults, as `gateway.example.toml` has them; only what must be named is.
pub fn gateway(
    home: &Path,
    shared: &Path,
    kind: KeyKind,
    (port, operator): (u16, u16),
    register: u16,
    storage: Storage<'_>,
) -> anyhow::Result<String> {
    let storage = match storage {
        Storage::Sqlite => "path = \"gateway.db\"".to_owned(),
        Storage::Cluster { postgres, redis } => {
            write(home, "postgres-url", postgres)?;
            write(home, "redis-url", redis)?;
            format!(
                "kind = \"cluster\"\npostgres_url_file = \"postgres-url\"\nredis_url_file = \"redis-url\"\nredis_prefix = \"bench-{port}:\""
            )
        }
    };
    write(home, "evidence.key", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")?;
    let (shared, kind) = (shared.display(), pki::name(kind));
    Ok(format!(
        "[server]\nbind = \"127.0.0.1:{port}\"\noperator_bind = \"127.0.0.1:{operator}\"\nauthorities = [\"localhost:{port}\"]\n\
         call_timeout = \"10m\"\n\
         [tls]\ncertificate = \"{shared}/server.pem\"\nkey_file = \"{shared}/server.key\"\n\
         client_authorities = \"{shared}/ca.pem\"\nrevocation_lists = \"{shared}/crl.pem\"\n\
         [signing]\nkey_file = \"{shared}/signing-{kind}.key\"\n\
         [log]\norigin = \"bench.example/log\"\nkey_file = \"{shared}/log.key\"\nevidence_key_file = \"evidence.key\"\n\
         [registry]\nfolder = \"registry\"\n\
         [officers]\nissuer = \"http://localhost:1\"\njwks_uri = \"http://localhost:1/jwks\"\naudience = \"https://localhost:{port}\"\n\
         [storage]\n{storage}\n[telemetry]\nfilter = \"info\"\nformat = \"json\"\n\
         [adapter.so-dang-ky]\ndialect = \"rest\"\nurl = \"http://127.0.0.1:{register}/\"\n"
    ))
}
