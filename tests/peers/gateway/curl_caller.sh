#!/usr/bin/env bash
# A signed call of the bus with curl and openssl alone, and the check of its signed answer.
#
# Copy it. It says in order what a system of a department does for each call: docs/call-the-bus.md tells why.
#
#   GATEWAY=https://localhost:8450 CA=ca.pem CERT=mot-cua.pem KEY=mot-cua.key KEY_ID=mot-cua \
#   GATEWAY_KEY=gateway-answers.pub CLIENT=VN/GOV/000.00.15.H19/mot-cua \
#   SERVICE=VN/GOV/000.00.00.G01/dancu/XacThucThongTinCongDan PURPOSE=XAC-MINH LEGAL_BASIS=LUAT-CAN-CUOC-2023 \
#   ./curl_caller.sh body.json
#
# Further: METHOD (POST, or GET without a body), BELOW (what follows the service in the path, such as /4201), QUERY (without
# the question mark), PROCEDURE, ACTOR (the officer's token; without it no officer acts), SIGNING_KEY (the key of the message's
# signature, where it is not that of the certificate; KEY_ID is its name).
#
# The body of the answer goes to standard output; what was decided, to standard error.
# Exit: 0 answered, 1 refused by the bus, 2 the answer cannot be believed or there is none.

set -euo pipefail
umask 077

fail() { echo "call-the-bus: $*" >&2; exit 2; }
for name in GATEWAY CA CERT KEY KEY_ID GATEWAY_KEY CLIENT SERVICE PURPOSE LEGAL_BASIS; do
  [ -n "${!name:-}" ] || fail "$name is not set"
done

GATEWAY=${GATEWAY%/}
# The registry knows two keys of a system: that of its certificate, for TLS, and that of its messages. They may be one.
SIGNING_KEY=${SIGNING_KEY:-$KEY}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# --- 1. The request -----------------------------------------------------------------------------------------------------

body=$folder/body
if [ $# -gt 0 ]; then cp -- "$1" "$body"; else : >"$body"; fi
method=${METHOD:-$([ -s "$body" ] && echo POST || echo GET)}
path=/r1/$SERVICE${BELOW:-}
query=${QUERY:-}
# The host as it stands in Host: in small letters, and without the port 443.
authority=$(printf '%s' "${GATEWAY#*://}" | tr 'A-Z' 'a-z')
authority=${authority%:443}

# RFC 9421 knows an ECDSA signature as two numbers of 32 octets each, openssl as a sequence of two numbers in DER.
is_p256() { openssl pkey "$@" -noout -text | grep -q 'ASN1 OID: prime256v1'; }
sign() { # BASE SIGNATURE
  if ! is_p256 -in "$SIGNING_KEY"; then
    openssl pkeyutl -sign -rawin -inkey "$SIGNING_KEY" -in "$1" -out "$2"
    return
  fi
  openssl dgst -sha256 -sign "$SIGNING_KEY" -out "$2.der" "$1"
  openssl asn1parse -inform DER -in "$2.der" | awk -F: '/INTEGER/ {print $NF}' |
    while read -r number; do printf '%64s' "$number" | tr ' ' 0; done | basenc --decode --base16 >"$2"
}
verify() { # BASE SIGNATURE
  if ! is_p256 -pubin -in "$GATEWAY_KEY"; then
    openssl pkeyutl -verify -rawin -pubin -inkey "$GATEWAY_KEY" -in "$1" -sigfile "$2"
    return
  fi
  local numbers
  numbers=$(basenc --base16 -w0 <"$2")
  [ ${#numbers} = 128 ] || return 1
  printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${numbers:0:64}" "${numbers:64}" >"$2.conf"
  openssl asn1parse -genconf "$2.conf" -noout -out "$2.der"
  openssl dgst -sha256 -verify "$GATEWAY_KEY" -signature "$2.der" "$1"
}
digest() { printf 'sha-256=:%s:' "$(openssl dgst -sha256 -binary "$1" | base64 -w0)"; }

names=() values=()
header() { names+=("$1"); values+=("$2"); }
# A text stands between quotes. Header values are ASCII: codes, not sentences with accents.
text() {
  if printf '%s' "$2" | LC_ALL=C grep -q '[^ -~]'; then fail "'$2' has letters that a header cannot have"; fi
  header "$1" "\"$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')\""
}

if [ -s "$body" ]; then header content-type application/json; fi
header content-digest "$(digest "$body")"
text lgsp-client "$CLIENT"
text lgsp-service "$SERVICE"
text lgsp-id "$(cat /proc/sys/kernel/random/uuid)"
text lgsp-purpose "$PURPOSE"
text lgsp-legal-basis "$LEGAL_BASIS"
header lgsp-actor "${ACTOR:-?0}"
if [ -n "${PROCEDURE:-}" ]; then text lgsp-procedure "$PROCEDURE"; fi

# --- 2. Its signature (RFC 9421) ----------------------------------------------------------------------------------------

base=$folder/base
covered='"@method" "@authority" "@path" "@query"'
{
  printf '"@method": %s\n' "$method"
  printf '"@authority": %s\n' "$authority"
  printf '"@path": %s\n' "$path"
  printf '"@query": ?%s\n' "$query"
} >"$base"
for place in "${!names[@]}"; do
  printf '"%s": %s\n' "${names[place]}" "${values[place]}" >>"$base"
  covered+=" \"${names[place]}\""
done
created=$(date +%s)
params="($covered);created=$created;expires=$((created + 60));nonce=\"$(openssl rand -base64 16)\";keyid=\"$KEY_ID\";tag=\"lgsp-v1\""
# No line feed at the end: the base ends with its last letter.
printf '"@signature-params": %s' "$params" >>"$base"
sign "$base" "$folder/signature"
signature=":$(base64 -w0 <"$folder/signature"):"

# --- 3. The call --------------------------------------------------------------------------------------------------------

{
  for place in "${!names[@]}"; do printf '%s: %s\n' "${names[place]}" "${values[place]}"; done
  printf 'signature-input: lgsp=%s\n' "$params"
  printf 'signature: lgsp=%s\n' "$signature"
} >"$folder/headers"
send=(--request "$method")
if [ -s "$body" ]; then send+=(--data-binary "@$body"); fi
status=$(curl --silent --show-error --path-as-is --max-time "${TIMEOUT:-70}" \
  --cacert "$CA" --cert "$CERT" --key "$KEY" \
  "${send[@]}" --header "@$folder/headers" \
  --dump-header "$folder/answer.headers" --output "$folder/answer" --write-out '%{http_code}' \
  "$GATEWAY$path${query:+?$query}") || fail "the bus cannot be reached"
[ -f "$folder/answer" ] || : >"$folder/answer"

# --- 4. Is the answer that of the bus, and to this very call? -----------------------------------------------------------

# The last head is the answer's own; one before it may have been 100 Continue.
tr -d '\r' <"$folder/answer.headers" | awk '/^HTTP\//{head=""} {head=head $0 "\n"} END{printf "%s", head}' >"$folder/head"
count() { awk -v name="$1" -F: 'tolower($1)==name {n++} END{print n+0}' "$folder/head"; }
field() {
  [ "$(count "$1")" = 1 ] || fail "the answer has not exactly one $1"
  awk -v name="$1" -F: 'tolower($1)==name {sub(/^[^:]*:[ \t]*/, ""); sub(/[ \t]*$/, ""); print}' "$folder/head"
}
needs() { case " $components " in *" $1 "*) ;; *) fail "the answer's signature does not cover $1" ;; esac; }

input=$(field signature-input)
[[ $input == gw=\(*\)\;* ]] || fail "the answer is not signed by the bus"
input=${input#gw=}
components=${input#\(}
components=${components%%\)*}
[[ $input == *';tag="lgsp-v1"'* ]] || fail "the answer's signature is for something else"

needs '"@status"'
needs '"content-digest"'
needs '"lgsp-id"'
needs '"lgsp-decision"'
needs '"lgsp-record"'
needs '"@method";req'
needs '"@path";req'
needs '"content-digest";req'
needs '"signature";req;key="lgsp"'
# What would change the meaning of the answer is not believed unless it was signed.
for name in content-type lgsp-error; do
  if [ "$(count $name)" != 0 ]; then needs "\"$name\""; fi
done

answer_base=$folder/answer.base
: >"$answer_base"
for component in $components; do
  case $component in
    '"@status"') value=$status ;;
    '"@method";req') value=$method ;;
    '"@path";req') value=$path ;;
    '"content-digest";req') value=$(digest "$body") ;;
    '"signature";req;key="lgsp"') value=$signature ;;
    *\;* | '"@'*) fail "the answer's signature covers $component, which is not known here" ;;
    *) value=${component#\"} value=$(field "${value%\"}") || exit 2 ;;
  esac
  printf '%s: %s\n' "$component" "$value" >>"$answer_base"
done
printf '"@signature-params": %s' "$input" >>"$answer_base"

answer_signature=$(field signature)
[[ $answer_signature == gw=:*: ]] || fail "the answer's signature is malformed"
answer_signature=${answer_signature#gw=:}
printf '%s' "${answer_signature%:}" | base64 -d >"$folder/answer.signature" || fail "the answer's signature is not base64"
verify "$answer_base" "$folder/answer.signature" >/dev/null 2>&1 || fail "the answer's signature does not hold"
[ "$(field content-digest)" = "$(digest "$folder/answer")" ] || fail "the answer's body is not the one that was signed"
for place in "${!names[@]}"; do
  [ "${names[place]}" != lgsp-id ] || [ "$(field lgsp-id)" = "${values[place]}" ] || fail "the answer is to another call"
done

# --- 5. What it says ----------------------------------------------------------------------------------------------------

echo "status:   $status" >&2
echo "record:   $(field lgsp-record)" >&2
echo "decision: $(field lgsp-decision)" >&2
cat "$folder/answer"
if [ "$(count lgsp-error)" != 0 ]; then
  echo "refused:  $(field lgsp-error)" >&2
  exit 1
fi
