"""zeep (PyPI) as a client of the national population database: knows it by its WSDL alone.

Reads one JSON object with wsdl, client, api_key, user and secret, and a list of questions; prints an answer for each:
{"result": …} or {"fault": text}, and whether its body is valid by the schemas of the WSDL (libxml2, not zeep, says so).
"""

import base64
import hashlib
import json
import sys
import time

import requests
from lxml import etree
from zeep import Client, Plugin, Settings
from zeep.exceptions import Fault
from zeep.helpers import serialize_object
from zeep.plugins import HistoryPlugin
from zeep.transports import Transport

XSD = "{http://www.w3.org/2001/XMLSchema}"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"

given = json.load(sys.stdin)


class Credentials(Plugin):
    """The headers that the contract with the database asks for; the WSDL does not speak of them."""

    def egress(self, envelope, headers, operation, options):
        timestamp = str(int(time.time() * 1000))
        address = options["address"]
        digest = hashlib.sha256((address + given["user"] + timestamp + given["secret"]).encode()).hexdigest()
        headers.update(
            {
                "X-Road-Client": given["client"],
                "ApiKey": given["api_key"],
                "Timestamp": timestamp,
                "Authorization": "Basic " + base64.b64encode(f"{given['user']}:{digest}".encode()).decode(),
            }
        )
        return envelope, headers


session = requests.Session()
session.trust_env = False
history = HistoryPlugin()
client = Client(
    given["wsdl"], transport=Transport(session=session, timeout=10), plugins=[Credentials(), history], settings=Settings(strict=True)
)
types = etree.fromstring(session.get(given["wsdl"], timeout=10).content)
# Written out and read again, so that each schema has the prefixes that the WSDL around it declares.
alone = [etree.fromstring(etree.tostring(schema)) for schema in types.iter(XSD + "schema")]
schemas = {schema.get("targetNamespace"): etree.XMLSchema(schema) for schema in alone}


def is_valid(envelope):
    (element,) = envelope.find(ENVELOPE + "Body")
    return schemas[etree.QName(element).namespace].validate(element)


answers = []
for question in given["questions"]:
    try:
        result = client.service[question["service"]](**question["fields"])
    except Fault as fault:
        answers.append({"fault": fault.message, "code": fault.code})
        continue
    sent, received = history.last_sent["envelope"], history.last_received["envelope"]
    answers.append(
        {
            "result": serialize_object(result, dict),
            "valid": is_valid(received),
            "asked_validly": is_valid(sent),
        }
    )
print(json.dumps({"operations": sorted(name for name in client.service._operations), "answers": answers}, default=str))
