"""Servers of these tests: each must end with 0."""

from collections.abc import Iterator

import pytest
from probe import Probe


@pytest.fixture
def start() -> Iterator:
    """start("idle=100", …) gives a Probe; each is stopped and must end with 0."""
    probes: list[Probe] = []

    def begin(*settings: str) -> Probe:
        probes.append(Probe(*settings))
        return probes[-1]

    yield begin
    for probe in probes:
        try:
            assert probe.stop() == 0
        finally:
            probe.process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Probe]:
    """One with default limits for the tests that need no other."""
    probe = Probe()
    yield probe
    try:
        assert probe.stop() == 0
    finally:
        probe.process.kill()
