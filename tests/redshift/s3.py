"""A real S3 endpoint on loopback, moto's, with faults and stand-ins for what moto lacks."""

from __future__ import annotations

import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NoReturn

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer
from tests.redshift.certificate import HOST
from tests.redshift.credentials import TemporaryCredentials, read_body

Environment = dict[str, Any]
Application = Callable[[Environment, Any], Iterable[bytes]]

REGION = "eu-central-1"
# The key pair of nobody: moto takes any.
KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
# By this word the endpoint knows COPY's own calls: they are neither recorded nor disturbed.
COPYING = "redshift-copy"
PATIENCE = 30.0


class Kind(Enum):
    ERROR = auto()
    LOSE = auto()
    HANG = auto()
    HOLD = auto()


@dataclass(frozen=True)
class Call:
    """A call as a client made it: ``PUT /bucket/key?query``."""

    method: str
    target: str


@dataclass
class Fault:
    kind: Kind
    nth: int
    matching: str
    status: int = 0
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    happened: bool = False
    _seen: int = 0

    def meets(self, call: Call) -> bool:
        if self.happened or not re.search(self.matching, f"{call.method} {call.target}"):
            return False
        self._seen += 1
        self.happened = self._seen == self.nth
        return self.happened


class S3Faults:
    """Stands before moto in the same server: records calls, and disturbs the nth that fits.

    A try of boto3's own counts as a call; a client that shall not try again says so in its Config.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._calls: list[Call] = []

    @property
    def calls(self) -> tuple[Call, ...]:
        with self._lock:
            return tuple(self._calls)

    def error(self, nth: int = 1, *, matching: str = "", status: int = 503) -> Fault:
        """Answer an error without doing it."""
        return self._set(Fault(Kind.ERROR, nth, matching, status))

    def lose(self, nth: int = 1, *, matching: str = "") -> Fault:
        """Do it, and close the connection without an answer."""
        return self._set(Fault(Kind.LOSE, nth, matching))

    def hang(self, nth: int = 1, *, matching: str = "") -> Fault:
        """Neither do it nor answer, until the faults are cleared: the client's patience ends it."""
        return self._set(Fault(Kind.HANG, nth, matching))

    def hold(self, nth: int = 1, *, matching: str = "") -> Fault:
        """Say by ``arrived`` that the call is there, and do it when ``released`` is set."""
        return self._set(Fault(Kind.HOLD, nth, matching))

    def clear(self) -> None:
        with self._lock:
            for fault in self._faults:
                fault.released.set()
            self._faults.clear()
            self._calls.clear()

    def __call__(self, environment: Environment, start: Any) -> Iterable[bytes]:
        if COPYING in environment.get("HTTP_USER_AGENT", ""):
            return self._application(environment, start)
        query = environment["QUERY_STRING"]
        target = environment["PATH_INFO"] + (f"?{query}" if query else "")
        call = Call(environment["REQUEST_METHOD"], target)
        with self._lock:
            self._calls.append(call)
            fault = next((each for each in self._faults if each.meets(call)), None)
        if fault:
            fault.arrived.set()
        match fault:
            case Fault(kind=Kind.HOLD, released=released):
                released.wait(PATIENCE)
            case Fault(kind=Kind.ERROR, status=status):
                read_body(environment)
                start(f"{status} Fault", [("Content-Type", "application/xml")])
                return [b"<Error><Code>InternalError</Code><Message>injected</Message></Error>"]
            case Fault(kind=Kind.HANG, released=released):
                released.wait(PATIENCE)
                return _hang_up(environment)
            case Fault(kind=Kind.LOSE):
                list(self._application(environment, lambda *_: None))
                return _hang_up(environment)
        return self._application(environment, start)

    def _set(self, fault: Fault) -> Fault:
        with self._lock:
            self._faults.append(fault)
        return fault


def _hang_up(environment: Environment) -> NoReturn:
    """Close the client's connection; werkzeug takes the error for the client's own departure."""
    environment["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


@dataclass(frozen=True)
class S3:
    """The endpoint, which also answers for temporary credentials of Redshift."""

    endpoint: str
    faults: S3Faults
    credentials: TemporaryCredentials

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 finds the endpoint of itself, for every service."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in KEYS.items()},
        }

    def client(self, service: str = "s3", **config: Any) -> Any:
        """Make a boto3 client for the endpoint; close it after use."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, config=Config(**config), **KEYS
        )

    def bucket(self) -> str:
        """Make a new bucket, and give its name."""
        name = f"bucket-{uuid.uuid4().hex}"
        client = self.client(user_agent_extra=COPYING)
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.close()
        return name


@contextmanager
def s3_endpoint(user: str, password: str) -> Iterator[S3]:
    """Run moto's server in a thread of this process."""
    moto = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
    moto.start()
    server = moto._server
    assert server is not None
    credentials = TemporaryCredentials(server.app, user, password)
    faults = S3Faults(credentials)
    server.app = faults
    host, port = moto.get_host_and_port()
    try:
        yield S3(f"http://{host}:{port}", faults, credentials)
    finally:
        faults.clear()
        moto.stop()
        server.server_close()
