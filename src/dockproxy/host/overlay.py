"""A host as it would be with a plan's files in place."""

from __future__ import annotations

import os
from typing import Dict, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host.protocol import File, Host, Kind, Offline, User
from dockproxy.model import Missing


class OverlayHost(Offline):
    """A host as it would be with a plan's files in place; None deletes, ``modes`` are those that change. The
    environments of the service manager and of the shell that started dockerd by hand shine through, as the next start
    has them again; nothing else of today's processes and reports does."""

    def __init__(
        self, base: Host, files: Mapping[str, Optional[bytes]], modes: Optional[Mapping[str, int]] = None
    ) -> None:
        self.root = base.root
        self._base = base
        self._files = dict(files)
        self._modes = dict(modes or {})

    def realpath(self, path: str) -> str:
        return self._base.realpath(path)

    def read(self, path: str) -> Union[File, Missing]:
        real = self._base.realpath(path)
        if real not in self._files:
            return self._base.read(path)
        data = self._files[real]
        if data is None:
            return Missing.ABSENT
        before = self._base.read(path)
        kept = before if isinstance(before, File) else File(path, real, data)
        return kept._replace(data=data, mode=self._modes.get(real, kept.mode), changed=0.0)

    def list(self, path: str) -> Union[Tuple[str, ...], Missing]:
        names, folder = self._base.list(path), self._base.realpath(path)
        present: Dict[str, bool] = {} if isinstance(names, Missing) else dict.fromkeys(names, True)
        for file, data in self._files.items():
            if os.path.dirname(file) == folder:
                present[os.path.basename(file)] = data is not None
        kept = tuple(sorted(name for name, is_there in present.items() if is_there))
        return names if isinstance(names, Missing) and not kept else kept

    def kinds(self, path: str) -> Union[Mapping[str, Kind], Missing]:
        kinds, names = self._base.kinds(path), self.list(path)
        if isinstance(names, Missing):
            return names
        return {name: Kind.FILE if isinstance(kinds, Missing) else kinds.get(name, Kind.FILE) for name in names}

    def target(self, path: str) -> Optional[str]:
        return self._base.target(path)

    def users(self) -> Sequence[User]:
        return self._base.users()

    def user(self, name: Union[str, int]) -> Optional[User]:
        return self._base.user(name)

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        return self._base.manager_environment(user)

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        return self._base.process_environment(pid)
