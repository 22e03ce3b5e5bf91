# SPDX-License-Identifier: BSD-3-Clause
"""A file system that does not answer, as a network file system whose server is gone."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
LAZY = 2


class HungDirectory:
    """Mounted over the directory: FUSE without anybody who serves it. Every call on a path in there waits until release();
    then it fails, and what was there before is there again. Files that were open go on as they are."""

    def __init__(self, directory):
        self.directory = os.fsencode(directory)
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0".encode()
        if LIBC.mount(b"hung", self.directory, b"fuse", 0, options) != 0:
            raise OSError(ctypes.get_errno(), "mount")

    def release(self):
        if self.device is None:
            return
        os.close(self.device)
        self.device = None
        LIBC.umount2(self.directory, LAZY)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()
