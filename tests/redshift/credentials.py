"""A stub for temporary credentials: moto's would open no door, and Serverless has none.

Nothing here is AWS's: the user and the password are the stand-in's own, whatever is asked.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

VALID_FOR = timedelta(minutes=15)
NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/"


def read_body(environment: dict[str, Any]) -> bytes:
    """Read a request's body to its end, and leave it there for whoever comes next."""
    stream = environment["wsgi.input"]
    chunked = environment.get("wsgi.input_terminated")
    body: bytes = stream.read() if chunked else stream.read(int(environment["CONTENT_LENGTH"] or 0))
    environment["wsgi.input"] = io.BytesIO(body)
    return body


class TemporaryCredentials:
    """Answers GetClusterCredentials and Serverless GetCredentials; passes on everything else."""

    def __init__(
        self, application: Callable[..., Iterable[bytes]], user: str, password: str
    ) -> None:
        self._application = application
        self._user = user
        self._password = password
        self.fetched: Counter[str] = Counter()
        """How often each of the two was asked."""

    def __call__(self, environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        scope = environment.get("HTTP_AUTHORIZATION", "")
        if "/redshift-serverless/aws4_request" in scope:
            target = environment.get("HTTP_X_AMZ_TARGET", "")
            if target == "RedshiftServerless.GetCredentials":
                return self._serverless(environment, start)
        elif "/redshift/aws4_request" in scope:
            body = read_body(environment)
            if parse_qs(body.decode()).get("Action") == ["GetClusterCredentials"]:
                return self._provisioned(start)
        return self._application(environment, start)

    def _serverless(self, environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        read_body(environment)
        self.fetched["GetCredentials"] += 1
        start("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        answer = {
            "dbUser": self._user,
            "dbPassword": self._password,
            "expiration": (datetime.now(UTC) + VALID_FOR).timestamp(),
        }
        return [json.dumps(answer).encode()]

    def _provisioned(self, start: Any) -> Iterable[bytes]:
        self.fetched["GetClusterCredentials"] += 1
        start("200 OK", [("Content-Type", "text/xml")])
        expiration = (datetime.now(UTC) + VALID_FOR).isoformat()
        return [
            f"<GetClusterCredentialsResponse xmlns='{NAMESPACE}'><GetClusterCredentialsResult>"
            f"<DbUser>{self._user}</DbUser><DbPassword>{self._password}</DbPassword>"
            f"<Expiration>{expiration}</Expiration>"
            "</GetClusterCredentialsResult></GetClusterCredentialsResponse>".encode()
        ]
