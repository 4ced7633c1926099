"""The files of a plan while it is made."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from dockproxy.host import NULL, File, Host, OverlayHost, User
from dockproxy.model import NOT_A_FILE, Change, FileKind, Missing, Refusal
from dockproxy.sources.managed import managed_by

PUBLIC, PRIVATE = 0o644, 0o600


class Draft:
    """Edited files over a host, by their real paths: a link in the place of a file is followed and stays. With a
    ``user`` they are that user's own: what is new belongs to them, and no link leads out of their home."""

    def __init__(self, host: Host, user: Optional[User] = None) -> None:
        self._host, self.user = host, user
        self._files: Dict[str, Optional[bytes]] = {}
        self._kinds: Dict[str, FileKind] = {}
        self._modes: Dict[str, int] = {}

    def overlay(self) -> OverlayHost:
        """The host as it would be."""
        return OverlayHost(self._host, self._files, self._modes)

    def edits(self, path: str) -> bool:
        """Whether this file is drafted at all."""
        return self._host.realpath(path) in self._files

    def is_place(self, path: str) -> bool:
        """Whether a file is there, or could be: not a folder, for instance."""
        file = self.overlay().read(path)
        return isinstance(file, File) or file is Missing.ABSENT

    def data(self, path: str) -> bytes:
        """The file's bytes as drafted, none where it is absent."""
        file = self.overlay().read(path)
        if isinstance(file, File):
            return file.data
        if file is Missing.ABSENT:
            return b""
        if file is Missing.PERMISSION:
            raise Refusal(
                f"{path}: no permission to read it; run this as root, for instance with sudo", privileges=True
            )
        what = NOT_A_FILE.get(file, file.value)
        raise Refusal(f"{path}: {what}, so it is not edited; look what it is first")

    def blank(self, path: str) -> bytes:
        """What an empty JSON file is edited as, which then is not deleted as one of our own."""
        return b"" if self.overlay().read(path) is Missing.ABSENT else b"{}"

    def text(self, path: str) -> str:
        """The same as text; bytes that are no UTF-8 survive."""
        return self.data(path).decode("utf-8", "surrogateescape")

    def write(self, path: str, data: bytes, kind: FileKind, mode: Optional[int] = None) -> bool:
        """Draft new bytes; ``mode`` None keeps the file's own. Returns whether anything differs."""
        if data == self.data(path) and mode is None:
            return False
        real = self._place(path)
        self._files[real], self._kinds[real] = data, kind
        if mode is not None:
            self._modes[real] = mode
        return True

    def _place(self, path: str) -> str:
        """The real path of what may be edited."""
        real = self._host.realpath(path)
        if real == NULL:
            raise Refusal(f"{path}: a link to {NULL}, with which somebody disabled it; remove the link first")
        if self.user is not None:
            self._refuse_foreign(path, real, self.user)
        return real

    def _refuse_foreign(self, path: str, real: str, user: User) -> None:
        """Root follows links here, and must not be led to a file that the user could not write."""
        file = self._host.read(path)
        if isinstance(file, File) and file.uid != user.uid:
            raise Refusal(f"{path}: belongs to user id {file.uid}, not to {user.name}; correct the owner first")
        home = self._host.realpath(user.home)
        if file is Missing.ABSENT and user.uid != 0 and not real.startswith(f"{home.rstrip('/')}/"):
            raise Refusal(f"{path}: leads to {real}, outside of the home of {user.name}; remove the link first")

    def write_text(self, path: str, text: str, kind: FileKind, mode: Optional[int] = None) -> bool:
        """Draft new text."""
        return self.write(path, text.encode("utf-8", "surrogateescape"), kind, mode)

    def delete(self, path: str, kind: FileKind) -> None:
        """Draft that the file is gone."""
        real = self._place(path)
        self._files[real], self._kinds[real] = None, kind

    def changes(self) -> Tuple[Change, ...]:
        """What differs from the host."""
        found: List[Change] = []
        for path, after in self._files.items():
            file = self._host.read(path)
            before = file.data if isinstance(file, File) else None
            mode_before = file.mode if isinstance(file, File) else None
            mode = self._modes.get(path, PUBLIC if mode_before is None else mode_before)
            if before != after or (after is not None and mode != mode_before):
                new = (self.user.uid, self.user.gid) if self.user is not None else (0, 0)
                owner = (file.uid, file.gid) if isinstance(file, File) else new
                is_users = self.user is not None and self.user.uid != 0
                found.append(Change(path, before, after, mode, mode_before, owner, self._kinds[path], is_users))
        return tuple(found)

    def refuse_managed(self, force: bool) -> None:
        """Refuse to change what configuration management would change back."""
        for change in self.changes():
            tool = managed_by(change.path, change.before or b"")
            if tool and not force:
                raise Refusal(
                    f"{change.path} is managed by {tool}, which would undo the change; change it there, "
                    "or use --force to edit the file all the same",
                )
