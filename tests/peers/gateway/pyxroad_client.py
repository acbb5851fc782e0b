"""pyxroad (PyPI) as an X-Road consumer: opens a client for one service and says how far it came.

Reads one JSON object with server, client, service, ca, cert and key; prints what was asked and how it was answered.
"""

import json
import sys

import requests
from XRoad import XClient
from zeep.cache import InMemoryCache
from zeep.transports import Transport

given = json.load(sys.stdin)
session = requests.Session()
session.trust_env = False
session.verify = given["ca"]
session.cert = (given["cert"], given["key"])
seen = []
session.hooks["response"].append(lambda answer, *_, **__: seen.append(answer))
try:
    XClient(given["server"], given["client"], given["service"], transport=Transport(InMemoryCache(), session=session))
    opened = True
except Exception as fault:
    opened, reason = False, str(fault)
answer = seen[-1]
print(
    json.dumps(
        {"opened": opened, "asked": answer.request.url, "status": answer.status_code, "error": answer.headers.get("X-Road-Error")}
    )
)
