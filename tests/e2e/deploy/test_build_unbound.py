# SPDX-License-Identifier: BSD-3-Clause
"""deploy/build-unbound: what it refuses before it does anything. tests/run has built an Unbound with it already."""

import pytest

from harness import paths
from harness.daemon import run


@pytest.mark.parametrize("files", [[], ["configure"], ["dynlibmod/dynlibmod.c"]], ids=["empty", "no-dynlibmod", "no-configure"])
def test_a_source_that_is_not_unbound_is_refused(tmp_path, files):
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o755)
    result = run([paths.SOURCE / "deploy/build-unbound", "--source", tmp_path], check=1)
    assert result.stderr == ("build-unbound: --source wants an unpacked source of Unbound; "
                             f'there is no configure or no dynlibmod/ in "{tmp_path}"\n')
