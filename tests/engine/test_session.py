from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from liqbench.engine import SessionSettings, check_session, open_session
from liqbench.errors import SessionError

EXACT = {
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
}


class SessionStandIn:
    """A stand-in for a session that has settings and nothing else."""

    def __init__(self, **settings: str) -> None:
        self.conf = settings


def stand_in(**changed: str) -> SparkSession:
    names = {name.rsplit(".", 1)[1]: name for name in EXACT}
    settings = {**EXACT, **{names[short]: value for short, value in changed.items()}}
    return SessionStandIn(**settings)  # type: ignore[return-value]


def test_exact_settings_pass(spark: SparkSession) -> None:
    check_session(spark)
    check_session(stand_in())
    check_session(stand_in(enabled="TRUE"))


def test_settings_that_round_or_hide_overflows_are_refused() -> None:
    with pytest.raises(SessionError) as caught:
        check_session(stand_in(allowPrecisionLoss="true", timeZone="Europe/Zurich"))
    assert str(caught.value) == (
        "the session has spark.sql.decimalOperations.allowPrecisionLoss = true, "
        "spark.sql.session.timeZone = Europe/Zurich "
        "(exact results need spark.sql.decimalOperations.allowPrecisionLoss = false, "
        "spark.sql.session.timeZone = UTC)"
    )


def test_a_setting_that_is_not_there_is_refused() -> None:
    with pytest.raises(SessionError) as caught:
        check_session(SessionStandIn())  # type: ignore[arg-type]
    assert str(caught.value).startswith(
        "the session has spark.sql.decimalOperations.allowPrecisionLoss = unset, "
    )


def test_a_running_session_is_used_again(
    spark: SparkSession, spark_settings: SessionSettings, tmp_path: Path
) -> None:
    assert open_session(spark_settings, tmp_path) is spark


def test_an_address_where_nothing_answers_is_told(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del spark

    class Refusing:
        """A stand-in for pyspark's builder that can't reach its server."""

        def remote(self, address: str) -> Refusing:
            assert address == "sc://nowhere:15002"
            return self

        def getOrCreate(self) -> SparkSession:  # noqa: N802 - pyspark's name
            raise RuntimeError("no route to host\nmany more lines")

    monkeypatch.setattr(SparkSession, "builder", Refusing())
    with pytest.raises(SessionError) as caught:
        open_session(SessionSettings(address="sc://nowhere:15002"), tmp_path)
    assert str(caught.value) == (
        "Spark doesn't start at 'sc://nowhere:15002': no route to host "
        "(check the address, the network and the memory; liqbench[connect] for sc://)"
    )
