# Which parts run, how each is announced, timed and counted. Sourced by tests/run.

part_names=() part_titles=() part_commands=() filters=()
passed=0 failed=0 ignored=0 broken=()

# Time limit of one part: a hanging test must end as a failure, not as a build machine's silence.
readonly part_limit=${TEST_PART_LIMIT_SECONDS:-1500}

part() { part_names+=("$1") part_titles+=("$2") part_commands+=("$3"); }

# Names of all integration test programs of the workspace.
test_targets() {
  cargo metadata --format-version 1 --no-deps --locked |
    grep -o '"kind":\["test"\],"crate_types":\["bin"\],"name":"[^"]*"' | sed 's/.*"name":"//; s/"//' | sort -u
}

# `cargo test` over the whole workspace, so that every part shares one set of features and one build. Suites that need
# PostgreSQL or Redis are marked as ignored; here they have what they need.
rust_tests() {
  local before=() after=()
  while (($#)) && [[ $1 != -- ]]; do before+=("$1"); shift; done
  if (($#)); then shift; after=("$@"); fi
  if [[ -n ${TEST_POSTGRES_URL:-} && -n ${TEST_REDIS_URL:-} ]]; then after+=(--include-ignored); fi
  cargo test --workspace --locked --no-fail-fast "${before[@]}" -- "${after[@]}"
}

say() { printf '\n=== %s\n' "$*"; }

# Seconds since `$1` (as $EPOCHREALTIME gives it), with one decimal.
seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }'; }

# Reads the log of a part and prints: passed failed ignored. Knows cargo test and the TAP of `node --test`.
count() {
  awk '
    /^test result: / { gsub(/;/, ""); p += $4; f += $6; i += $8 }
    /^# pass [0-9]+$/ { p += $3 }
    /^# (fail|cancelled) [0-9]+$/ { f += $3 }
    /^# (skipped|todo) [0-9]+$/ { i += $3 }
    END { print p + 0, f + 0, i + 0 }' "$1"
}

run_part() {
  local name=$1 title=$2 command=$3 log=$work/log/$1.log start=$EPOCHREALTIME status=0 p f i
  say "$name: $title"
  # Its own shell, with errors on: `if` or `||` around it would switch them off.
  set +e
  (
    set -euo pipefail
    "$command" 2>&1 | tee "$log"
  ) &
  current=$!
  (sleep "$part_limit" && echo "the part $name took longer than $part_limit s" | tee -a "$log" && kill_tree "$current") 2>/dev/null &
  watch=$!
  wait "$current"
  status=$?
  kill_tree "$watch"
  wait "$watch" 2>/dev/null
  set -e
  current='' watch=''
  read -r p f i < <(count "$log")
  if ((status != 0 && f == 0)); then f=1; fi
  if ((status == 0 && p + f + i == 0)) && ! grep -qE '^(test result: |# pass )' "$log"; then p=1; fi
  passed=$((passed + p)) failed=$((failed + f)) ignored=$((ignored + i))
  if ((f)); then broken+=("$name"); fi
  printf -- '--- %s: %d passed, %d failed, %d ignored, %s\n' "$name" "$p" "$f" "$i" "$(seconds_since "$start")"
}

kill_tree() {
  local child
  for child in $(ps -o pid= --ppid "$1" 2>/dev/null); do kill_tree "$child"; done
  kill -TERM "$1" 2>/dev/null || true
}

stop_children() {
  if [[ -n ${current:-} ]]; then kill_tree "$current"; fi
  if [[ -n ${watch:-} ]]; then kill_tree "$watch"; fi
  if [[ -n ${install_pid:-} ]]; then kill_tree "$install_pid"; fi
}

# Whether the part is asked for: no filter, or its name contains one.
wanted() {
  local filter
  if ((${#filters[@]} == 0)); then return 0; fi
  for filter in "${filters[@]}"; do if [[ $1 == *"$filter"* ]]; then return 0; fi; done
  return 1
}

# Parts that need nothing but Rust; before any other the installation must have ended and the servers run.
needs_servers() { case $1 in format | build | lint | dependencies) return 1 ;; *) return 0 ;; esac; }

run_parts() {
  local index start=$EPOCHREALTIME chosen=() name
  if [[ ${1:-} == --list ]]; then printf '%s\n' "${part_names[@]}"; exit 0; fi
  filters=("$@")
  for index in "${!part_names[@]}"; do
    if wanted "${part_names[index]}"; then chosen+=("$index"); fi
  done
  if ((${#chosen[@]} == 0)); then
    part matching "Rust tests whose name contains: ${filters[*]}" matching
    chosen=($((${#part_names[@]} - 1)))
  fi
  for index in "${chosen[@]}"; do
    if needs_servers "${part_names[index]}"; then start_installation; break; fi
  done
  for index in "${chosen[@]}"; do
    name=${part_names[index]}
    if needs_servers "$name" && ! ((servers_tried)); then run_servers; fi
    run_part "$name" "${part_titles[index]}" "${part_commands[index]}"
    if [[ $name == build && " ${broken[*]:-} " != *" build "* ]]; then built=yes; fi
  done
  printf '\n'
  if ((ignored)); then echo "left out: $ignored tests, named above as ignored or skipped"; fi
  if ((${#broken[@]})); then echo "failed in: ${broken[*]} (logs in tests/.work/log)"; fi
  echo "took $(seconds_since "$start")"
  if ((passed + failed == 0)); then echo "nothing here has a name that contains: ${filters[*]}"; fi
  echo "$passed passed, $failed failed"
  if ((failed || passed == 0)); then exit 1; fi
  exit 0
}
