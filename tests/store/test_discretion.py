"""Credentials in addresses and options are refused, and nothing of them is repeated."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest
import redis
from pydantic import ValidationError

from liqbench.errors import SettingError
from liqbench.store import RedisLevel, StoreSettings, quiet, without_frames
from liqbench.store.levels import PASSWORD


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"redis": "redis://:hush@127.0.0.1:6379/0"}, "address of the Redis has a password in it"),
        ({"redis": "redis://127.0.0.1/0?password=hush"}, "comes from LIQBENCH_REDIS_PASSWORD"),
        ({"remote": "ftp://ann:hush@host/stages"}, "address of the shared stages has a password"),
        ({"remote": "s3://bucket/x?secret=hush"}, "they come from the environment"),
        ({"remote": "ftp://ann:hush@[host/stages"}, "the shared stages is no address"),
        ({"remote_options": {"key": "hush"}}, "remote_options has credentials in it: key"),
        ({"remote_options": {"secret": "hush"}}, "credentials in it: secret"),
        ({"remote_options": {"client_kwargs": {"aws_session_token": "", "aws_secret_access_key":
                                               "hush"}}}, "in it: aws_secret_access_key"),
    ],
)  # fmt: skip
def test_credentials_in_settings_are_refused_and_never_repeated(
    given: dict[str, Any], told: str
) -> None:
    with pytest.raises(SettingError, match=told) as caught:
        StoreSettings(**given)
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_settings_that_are_wrong_otherwise_repeat_no_value() -> None:
    with pytest.raises(ValidationError) as caught:
        StoreSettings.model_validate({"record": "postgresql://ann:hush@host/records"})
    assert "hush" not in str(caught.value)


def test_settings_without_credentials_are_taken() -> None:
    options = {"endpoint_url": "http://127.0.0.1:1", "client_kwargs": {"region_name": "eu"}}
    settings = StoreSettings(
        redis="redis://ann@127.0.0.1:6379/0", remote="s3://bucket/key", remote_options=options
    )
    assert settings.remote_options == options


def test_the_password_of_a_redis_is_in_the_environment(
    redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.config_set("requirepass", "hush")
    client.close()
    assert RedisLevel(redis_server.url).status().state == "unreachable"
    monkeypatch.setenv(PASSWORD, "hush")
    assert RedisLevel(redis_server.url).status().state == "on"


def test_a_quiet_driver_logs_nothing_below_info_and_nothing_more_than_before() -> None:
    driver, child = logging.getLogger("a_driver"), logging.getLogger("a_driver.part")
    quiet("a_driver")
    assert child.getEffectiveLevel() == logging.WARNING  # the root's, in which nothing was set
    driver.setLevel(logging.DEBUG)
    quiet("a_driver")
    assert child.getEffectiveLevel() == logging.INFO
    driver.setLevel(logging.ERROR)
    quiet("a_driver")
    assert child.getEffectiveLevel() == logging.ERROR


def fail_with(password: str) -> None:
    try:
        int(password)
    except ValueError as error:
        raise OSError("log-in refused") from error


def test_an_error_without_frames_shows_no_variables() -> None:
    with pytest.raises(OSError, match="log-in refused") as caught:
        fail_with("hush")
    error = caught.value
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "password = 'hush'" in "".join(told.format())
    told = traceback.TracebackException.from_exception(without_frames(error), capture_locals=True)
    assert "password = " not in "".join(told.format())
    assert "log-in refused" in "".join(told.format())
