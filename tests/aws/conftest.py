"""An AWS account for each test."""

import pytest
from stand_ins.cloud import open_account


@pytest.fixture(scope="session")
def account():
    """The servers, which all tests of a process share."""
    with open_account() as opened:
        yield opened


@pytest.fixture
def cloud(account, monkeypatch):
    """An account with nothing in it, which this process and those that it starts come to by their environment."""
    account.reset()
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    yield account
    # Nothing goes on in it while the next test begins.
    account.sim("reset")
