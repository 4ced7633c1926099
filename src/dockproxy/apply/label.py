"""The label that the SELinux policy gives a path, asked of libselinux: the kernel gives a new file the one of its
folder, which the policy may want otherwise (``/etc/docker`` itself, for one).

Source: selabel_open(3), selabel_lookup(3).
"""

from __future__ import annotations

import ctypes
import os
from typing import Optional

ATTRIBUTE = "security.selinux"
MOUNT = "/sys/fs/selinux/enforce"
"""There where the kernel enforces, or permits, by a policy."""

LIBRARY = "libselinux.so.1"
SELABEL_CTX_FILE = 0
SELABEL_OPT_PATH = 3


class _Option(ctypes.Structure):
    _fields_ = (("type", ctypes.c_int), ("value", ctypes.c_char_p))


def is_enabled() -> bool:
    """Whether this host labels its files."""
    return os.path.exists(MOUNT)


def of_policy(path: str, mode: int, contexts: Optional[str] = None) -> Optional[bytes]:
    """The label for a path, ``mode`` telling files from folders; None where the policy names none. ``contexts`` is a
    file_contexts(5) to look into, by default the policy's own."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return None
    library.selabel_open.restype = ctypes.c_void_p
    option = _Option(SELABEL_OPT_PATH, os.fsencode(contexts) if contexts is not None else None)
    handle = ctypes.c_void_p(library.selabel_open(SELABEL_CTX_FILE, ctypes.byref(option), int(contexts is not None)))
    if handle.value is None:
        return None
    found = ctypes.c_char_p()
    try:
        if library.selabel_lookup(handle, ctypes.byref(found), os.fsencode(path), mode) != 0:
            return None
        # As getfilecon(3) gives it: with the byte that ends it.
        return (found.value or b"") + b"\0"
    finally:
        library.freecon(found)
        library.selabel_close(handle)
