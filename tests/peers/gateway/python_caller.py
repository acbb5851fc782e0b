"""A signed call of the bus with the PyPI package http-message-signatures, and the check of its signed answer.

Takes the same environment and arguments as curl_caller.sh, says the same, and ends in the same way.
"""

import base64
import datetime
import hashlib
import os
import re
import secrets
import sys
import uuid
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    algorithms,
)

# The components that every answer covers; besides them content-type and every lgsp header that it has.
OF_ANSWER = {'"@status"', '"content-digest"', '"lgsp-id"', '"lgsp-decision"', '"lgsp-record"'}
OF_REQUEST = {'"@method";req', '"@path";req', '"content-digest";req', '"signature";req;key="lgsp"'}


class NotBelieved(Exception):
    """The answer is not that of the bus to this call."""


def of(name, otherwise=None):
    value = os.environ.get(name, otherwise)
    if value is None:
        raise NotBelieved(f"{name} is not set")
    return value


def content(name, otherwise=None):
    with open(of(name, otherwise), "rb") as file:
        return file.read()


def digest(body):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def text(value):
    return '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'


def algorithm(key):
    curve = isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey))
    return algorithms.ECDSA_P256_SHA256 if curve else algorithms.ED25519


class Keys(HTTPSignatureKeyResolver):
    """Our own key, and the one of the bus."""

    def resolve_private_key(self, key_id):
        return load_pem_private_key(content("SIGNING_KEY", of("KEY")), password=None)

    def resolve_public_key(self, key_id):
        return load_pem_public_key(content("GATEWAY_KEY"))


def prepare(body):
    service, query = of("SERVICE"), of("QUERY", "")
    headers = {
        "content-digest": digest(body),
        "lgsp-client": text(of("CLIENT")),
        "lgsp-service": text(service),
        "lgsp-id": text(str(uuid.uuid4())),
        "lgsp-purpose": text(of("PURPOSE")),
        "lgsp-legal-basis": text(of("LEGAL_BASIS")),
        "lgsp-actor": of("ACTOR", "?0"),
    }
    if body:
        headers["content-type"] = "application/json"
    if os.environ.get("PROCEDURE"):
        headers["lgsp-procedure"] = text(of("PROCEDURE"))
    url = f"{of('GATEWAY').removesuffix('/')}/r1/{service}{of('BELOW', '')}" + (f"?{query}" if query else "")
    method = of("METHOD", "POST" if body else "GET")
    message = requests.Request(method, url, headers=headers, data=body or None).prepare()
    message.headers["host"] = urlsplit(url).netloc
    now = datetime.datetime.now(datetime.timezone.utc)
    ours = algorithm(Keys().resolve_private_key(of("KEY_ID")))
    HTTPMessageSigner(signature_algorithm=ours, key_resolver=Keys()).sign(
        message,
        key_id=of("KEY_ID"),
        created=now,
        expires=now + datetime.timedelta(seconds=60),
        nonce=base64.b64encode(secrets.token_bytes(16)).decode(),
        label="lgsp",
        tag="lgsp-v1",
        include_alg=False,
        use_existing_digest=True,
        covered_component_ids=["@method", "@authority", "@path", "@query", *headers],
    )
    return message


def believe(answer):
    """Whether the answer is that of the bus, and to this very call."""
    found = re.match(r"gw=\(([^)]*)\);", answer.headers.get("signature-input", ""))
    if found is None:
        raise NotBelieved("the answer is not signed by the bus")
    names = [name.lower() for name in answer.headers]
    said = {f'"{name}"' for name in names if name == "content-type" or name.startswith("lgsp-")}
    covered = found.group(1).split(" ")
    if sorted(covered) != sorted(OF_ANSWER | said | OF_REQUEST):
        raise NotBelieved(f"the answer covers {found.group(1)}")
    theirs = algorithm(Keys().resolve_public_key(None))
    verifier = HTTPMessageVerifier(signature_algorithm=theirs, key_resolver=Keys())
    verifier.max_clock_skew = datetime.timedelta(seconds=30)
    verifier.verify(answer, max_age=datetime.timedelta(seconds=90), expect_tag="lgsp-v1", expect_label="gw")
    if answer.headers["content-digest"] != digest(answer.content):
        raise NotBelieved("the answer's body is not the one that was signed")
    if answer.headers["lgsp-id"] != answer.request.headers["lgsp-id"]:
        raise NotBelieved("the answer is to another call")


def main():
    body = b""
    if len(sys.argv) > 1:
        with open(sys.argv[1], "rb") as file:
            body = file.read()
    with requests.Session() as session:
        # Nothing of this machine's settings for proxies and credentials may come between.
        session.trust_env = False
        answer = session.send(
            prepare(body),
            cert=(of("CERT"), of("KEY")),
            verify=of("CA"),
            allow_redirects=False,
            timeout=70,
        )
    believe(answer)
    print(f"status:   {answer.status_code}", file=sys.stderr)
    print(f"record:   {answer.headers['lgsp-record']}", file=sys.stderr)
    print(f"decision: {answer.headers['lgsp-decision']}", file=sys.stderr)
    sys.stdout.buffer.write(answer.content)
    if "lgsp-error" in answer.headers:
        print(f"refused:  {answer.headers['lgsp-error']}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (NotBelieved, HTTPMessageSignaturesException, requests.RequestException, OSError) as error:
        print(f"call-the-bus: {str(error) or type(error).__name__}", file=sys.stderr)
        sys.exit(2)
