# SPDX-License-Identifier: BSD-3-Clause
"""Prints the table of the day at the end of a run, whatever came out."""

import pytest

TABLE = pytest.StashKey()


@pytest.fixture(scope="session")
def keep_table(request):
    """A function that is given the text of the table."""
    return lambda text: request.config.stash.__setitem__(TABLE, text)


def pytest_terminal_summary(terminalreporter, config):
    if TABLE in config.stash:
        terminalreporter.section("the scripted day")
        terminalreporter.write_line(config.stash[TABLE])
