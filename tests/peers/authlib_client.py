"""Authlib as a relying party, with joserfc to check signatures.

Speaks with the test over lines of JSON: it asks {"visit": url} and reads where the person arrived; it reports
{"step": name, "fault": null or text} for each step, in order.
"""

import json
import os
import sys
import traceback

# The broker of a test speaks plain http, on the loopback only.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

given = json.loads(sys.stdin.readline())
metadata = requests.get(given["issuer"] + "/.well-known/openid-configuration", timeout=10).json()
keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())


def say(**message):
    print(json.dumps(message), flush=True)


def visit(url):
    say(visit=url)
    return sys.stdin.readline().strip()



class Login:
    """The steps of one login, each using what the ones before it left here."""

    def __init__(self, client):
        self.nonce, self.verifier = generate_token(20), generate_token(48)
        self.session = OAuth2Session(
            client["id"],
            client.get("secret") or ECKey.import_key(client["key"]),
            token_endpoint_auth_method=client["method"],
            revocation_endpoint_auth_method=client["method"],
            scope="openid profile offline_access",
            redirect_uri=client["redirect"],
            code_challenge_method="S256",
        )
        # Authlib would name the token endpoint as audience; the broker takes the issuer alone.
        self.session.register_client_auth_method(PrivateKeyJWT(given["issuer"], alg="ES256"))

    def a_citizen_logs_in_with_vneid(self):
        url, state = self.session.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=self.verifier, nonce=self.nonce
        )
        arrived = visit(url)
        assert "iss=" in arrived, "the answer does not name the issuer"
        self.token = self.session.fetch_token(
            metadata["token_endpoint"], authorization_response=arrived, state=state, code_verifier=self.verifier
        )

    def the_id_token_verifies_against_the_published_keys(self):
        signed = jwt.decode(self.token["id_token"], keys, algorithms=["ES256"])
        assert signed.header["alg"] == "ES256", signed.header
        options = {
            "iss": {"essential": True, "value": given["issuer"]},
            "aud": {"essential": True, "value": self.session.client_id},
            "acr": {"essential": True},
        }
        claims = CodeIDToken(
            signed.claims, signed.header, options, {"nonce": self.nonce, "access_token": self.token["access_token"]}
        )
        claims.validate()
        self.subject = claims["sub"]

    def a_changed_id_token_does_not_verify(self):
        header, payload, signature = self.token["id_token"].split(".")
        other = ("A" if signature[0] != "A" else "B") + signature[1:]
        try:
            jwt.decode(f"{header}.{payload}.{other}", keys, algorithms=["ES256"])
        except Exception:
            return
        raise AssertionError("a changed signature verified")

    def userinfo_names_the_same_person(self):
        answer = self.session.get(metadata["userinfo_endpoint"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["sub"] == self.subject, answer.json()
        assert answer.json()["name"] == "Nguyễn Văn An", answer.json()

    def the_refresh_token_gives_a_new_access_token(self):
        before = self.token["access_token"]
        self.token = self.session.refresh_token(metadata["token_endpoint"], refresh_token=self.token["refresh_token"])
        assert self.token["access_token"] != before
        self.userinfo_names_the_same_person()

    def introspection_knows_the_token_until_it_is_revoked(self):
        token = self.token["access_token"]

        def is_active():
            answer = self.session.introspect_token(metadata["introspection_endpoint"], token, "access_token")
            assert answer.status_code == 200, answer.text
            return answer.json()["active"]

        assert is_active()
        answer = self.session.revoke_token(metadata["revocation_endpoint"], token, "access_token")
        assert answer.status_code == 200, answer.text
        assert not is_active()

    def signing_out_ends_the_session(self):
        silent, _ = self.session.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=self.verifier, prompt="none"
        )
        assert "code=" in visit(silent), "the person is not signed in"
        say(open=metadata["end_session_endpoint"] + "?id_token_hint=" + self.token["id_token"])
        assert sys.stdin.readline().strip() == "200"
        assert "error=login_required" in visit(silent), "the person is still signed in"


STEPS = [
    Login.a_citizen_logs_in_with_vneid,
    Login.the_id_token_verifies_against_the_published_keys,
    Login.a_changed_id_token_does_not_verify,
    Login.userinfo_names_the_same_person,
    Login.the_refresh_token_gives_a_new_access_token,
    Login.introspection_knows_the_token_until_it_is_revoked,
    Login.signing_out_ends_the_session,
]

login = Login(given["client"])
for step in STEPS:
    fault = None
    try:
        step(login)
    except Exception:
        fault = traceback.format_exc()
    say(step=step.__name__.replace("_", " "), fault=fault)
say(end=len(STEPS))
