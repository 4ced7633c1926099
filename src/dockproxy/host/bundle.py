"""A tree with recorded answers."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence, Tuple, Union

from dockproxy.host.protocol import API_TIMEOUT, Process, Response, User
from dockproxy.host.tree import TreeHost
from dockproxy.model import Missing


class BundleHost(TreeHost):
    """A tree with recorded answers. The keys are ``unit NAME``, ``manager-environment`` (both with `` of USER`` behind
    them where a user's own service manager is asked), ``processes NAME``,
    ``environment PID``, ``GET SOCKET PATH`` and ``docker info``; what was not recorded is not checked."""

    def __init__(self, root: str, answers: Mapping[str, Any]) -> None:
        super().__init__(root)
        self._answers = answers

    @property
    def live(self) -> bool:
        return True

    def _answer(self, key: str) -> Any:
        answer = self._answers.get(key, Missing.NOT_CHECKED)
        return Missing(answer) if isinstance(answer, str) else answer

    def unit_properties(
        self, unit: str, names: Sequence[str], user: Optional[User] = None
    ) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(_of(f"unit {unit}", user))
        return answer if isinstance(answer, Missing) else {n: answer[n] for n in names if n in answer}

    def manager_environment(self, user: Optional[User] = None) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(_of("manager-environment", user))
        return answer

    def process(self, pid: int) -> Union[Process, Missing]:
        processes = self.processes("dockerd")
        if isinstance(processes, Missing):
            return processes
        return next((p for p in processes if p.pid == pid), Missing.ABSENT)

    def processes(self, name: str) -> Union[Tuple[Process, ...], Missing]:
        answer = self._answer(f"processes {name}")
        if isinstance(answer, Missing):
            return answer
        return tuple(
            Process(p["pid"], name, tuple(p["argv"]), p.get("started"), p.get("uid", 0), p.get("cgroup"))
            for p in answer
        )

    def process_environment(self, pid: int) -> Union[Mapping[str, str], Missing]:
        answer: Union[Mapping[str, str], Missing] = self._answer(f"environment {pid}")
        return answer

    def program_version(self, program: str) -> Union[str, Missing]:
        answer = self._answers.get(f"version {program}", Missing.NOT_CHECKED)
        return answer if isinstance(answer, Missing) else str(answer)

    def engine_get(self, socket: str, path: str, timeout: float = API_TIMEOUT) -> Union[Response, Missing]:
        answer = self._answer(f"GET {socket} {path}")
        return answer if isinstance(answer, Missing) else Response(answer["status"], answer["server"], answer["body"])

    def docker_info(self, options: Sequence[str], user: User) -> Union[Mapping[str, Any], Missing]:
        answer: Union[Mapping[str, Any], Missing] = self._answer("docker info")
        return answer


def _of(key: str, user: Optional[User]) -> str:
    return key if user is None else f"{key} of {user.name}"
