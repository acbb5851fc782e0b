# Throw-away PostgreSQL and Redis on free ports. Sourced by tests/run.

servers_tried=0
# Only our own: what a suite drops must never be somebody's database.
unset TEST_POSTGRES_URL TEST_REDIS_URL

# A TCP port of the loopback nobody listens on, below the range the kernel hands out by itself.
free_port() {
  local port
  while :; do
    port=$((15000 + RANDOM % 15000))
    if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then
    (cd "$postgres_dir" && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
  else
    "$@"
  fi
}

start_postgres() {
  local bin port
  bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
  postgres_ctl=$bin/pg_ctl
  postgres_dir=$temp/postgres
  mkdir "$postgres_dir"
  if ((EUID == 0)); then chown postgres:postgres "$postgres_dir"; fi
  port=$(free_port)
  as_postgres "$bin/initdb" -D "$postgres_dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$work/log/postgres.log" 2>&1
  # Without fsync: the tests kill our processes, never the machine. Without -l, pg_ctl keeps our output open and hangs us.
  as_postgres "$postgres_ctl" start -w -D "$postgres_dir/data" -l "$postgres_dir/server.log" \
    -o "-p $port -k $postgres_dir -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=400" \
    >>"$work/log/postgres.log" 2>&1
  export TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/postgres
}

start_redis() {
  local port tries
  port=$(free_port)
  mkdir "$temp/redis"
  redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$temp/redis" >"$work/log/redis.log" 2>&1 &
  redis_pid=$!
  for ((tries = 0; tries < 100; tries++)); do
    if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      export TEST_REDIS_URL=redis://127.0.0.1:$port/
      return
    fi
    sleep 0.1
  done
  return 1
}

run_servers() {
  servers_tried=1
  finish_installation
  local start=$EPOCHREALTIME
  say "servers: PostgreSQL and Redis for this run"
  if start_postgres && start_redis; then
    printf -- '--- servers: %s %s, %s\n' "$TEST_POSTGRES_URL" "$TEST_REDIS_URL" "$(seconds_since "$start")"
  else
    tail -n 20 "$work"/log/{postgres,redis}.log
    printf -- '--- servers: not running; the suites that need them are left out\n'
    failed=$((failed + 1)) broken+=(servers)
  fi
}

stop_servers() {
  if [[ -n ${postgres_dir:-} && -n ${postgres_ctl:-} ]]; then
    as_postgres "$postgres_ctl" stop -m immediate -D "$postgres_dir/data" >/dev/null 2>&1 || true
  fi
  if [[ -n ${redis_pid:-} ]]; then kill "$redis_pid" 2>/dev/null || true; wait "$redis_pid" 2>/dev/null || true; fi
}
