"""What a way to calculate found: whole numbers, so that equal means equal to the last digit."""

from __future__ import annotations

from collections.abc import Mapping

# HQLA and net outflows in ten-thousandths of a euro, the LCR in millionths; None: undefined.
Position = tuple[int, int, int | None]
# By scenario's name, then by entity.
Answers = Mapping[str, Mapping[str, Position]]


class DifferentResultsError(Exception):
    """Two ways to calculate the same came to different figures; their times mean nothing."""


def check_equal(found: Mapping[str, Answers]) -> None:
    """Compare all ways with each other in the scenarios that both of two have.

    Raises ``DifferentResultsError`` with the first difference, or where nothing is to compare.
    """
    (first, expected), *others = found.items()
    for way, answers in others:
        common = [name for name in expected if name in answers]
        if not common:
            raise DifferentResultsError(f"{first} and {way} have no scenario in common")
        for name in common:
            _check_scenario(name, (first, expected[name]), (way, answers[name]))


def _check_scenario(
    name: str, one: tuple[str, Mapping[str, Position]], other: tuple[str, Mapping[str, Position]]
) -> None:
    (way, expected), (other_way, found) = one, other
    if entity := first_different(expected, found):
        raise DifferentResultsError(
            f"{name}, entity {entity}: {way} has {expected.get(entity)}, "
            f"{other_way} has {found.get(entity)} "
            "(HQLA and net outflows in 1/10000, LCR in 1/1000000)"
        )


def first_different(one: Mapping[str, object], other: Mapping[str, object]) -> str | None:
    """Return the first entity of which two ways have other figures, or only one has any."""
    entities = sorted(one.keys() | other.keys())
    return next((each for each in entities if one.get(each) != other.get(each)), None)
