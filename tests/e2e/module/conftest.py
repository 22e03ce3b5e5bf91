# SPDX-License-Identifier: BSD-3-Clause
"""What several tests of the module start from."""

import pytest


@pytest.fixture
def running(site):
    """The usual list in force in a resolver with two threads."""
    site.compile()
    site.resolver(threads=2)
    site.await_list()
    return site
