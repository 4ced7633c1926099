"""The demo's scenes. Settings are written, read and taken back by the same code that does it on a real host."""

from __future__ import annotations

import os
import tempfile
import textwrap
from collections import Counter
from pathlib import Path
from typing import Callable, Dict, List, Tuple

from dockproxy import dial
from dockproxy.apply import transaction
from dockproxy.demo import network
from dockproxy.demo.pull import PullError, pull
from dockproxy.host import TreeHost
from dockproxy.model import DAEMON_VARIABLES, HTTP, HTTPS, NO, Plan, Version
from dockproxy.noproxy import go
from dockproxy.planner import plan_set, plan_unset
from dockproxy.report import plan as plan_report
from dockproxy.report import show_text
from dockproxy.report.style import Style, plain
from dockproxy.resolve.daemon import view
from dockproxy.secret import ProxyURL
from dockproxy.survey import inspect

Say = Callable[[str], None]
ENGINE = Version("28.5.2", (28, 5, 2))

TREE = {
    "usr/sbin/dockerd": "",
    "usr/lib/systemd/system/docker.service": "[Service]\nExecStart=/usr/sbin/dockerd -H fd://\n",
    "etc/hostname": "host\n",
}
"""What makes a directory look like a host with Docker and systemd."""


class Scenes:
    """One run. ``surprises`` counts what did not go as told; the demo is its own test."""

    def __init__(self, root: Path, enterprise: network.Enterprise, say: Say, style: Style) -> None:
        for name, text in TREE.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "etc/hosts").write_text(enterprise.hosts_file)
        self._root, self._enterprise, self._say, self._style = root, enterprise, say, style
        self._host = TreeHost(str(root))
        self.surprises = 0

    def title(self, text: str) -> None:
        """A heading."""
        self._say("\n" + self._style("bold", f"# {text}"))

    def pull(self, image: str, works: bool, seen_by_proxy: bool) -> None:
        """Pull as the engine would with what the host's files say, the proxy's log beside it."""
        self._say(f"$ docker pull {image}")
        effective = view(self._host, version=ENGINE).effective
        config = go.Config(effective[HTTP].text, effective[HTTPS].text, effective[NO].text)
        names = dial.hosts_resolver(network.parse_hosts((self._root / "etc/hosts").read_text()))
        known = len(self._enterprise.proxy.log)
        try:
            for step in pull(image, go.Resolver(config), names, self._enterprise.context):
                self._say(f"  {step.step:<9}{step.status}  {'via ' + step.via if step.via else 'direct'}  {step.ms} ms")
            ok = True
        except PullError as error:
            wrapped = textwrap.fill(
                f"failed: {error}", 80, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )
            self._say(self._style("red", wrapped))
            ok = False
        lines = self._enterprise.proxy.log[known:]
        for entry, times in Counter(_entry(line) for line in lines).items():
            self._say(self._style("dim", f"  proxy's log: {entry}" + (f"  ({times} times)" if times > 1 else "")))
        if not lines:
            self._say(self._style("dim", "  proxy's log: (nothing)"))
        self._expect(ok is works and bool(lines) is seen_by_proxy)

    def carry_out(self, command: str, plan: Plan) -> None:
        """Show a plan and do it."""
        self._say(f"$ dockproxy {command}")
        self._say(plan_report.plan_text(plan, self._style).rstrip())
        result = transaction.carry_out(self._host, view(self._host, version=ENGINE), plan, transaction.Options())
        self._say(plan_report.result_text(result).rstrip())
        self._expect(result.outcome == "applied")

    def set(self) -> None:
        """The one command."""
        url = ProxyURL(network.PROXY_URL)
        plan = plan_set(self._host, view(self._host, version=ENGINE), {HTTP: url, HTTPS: url, NO: network.NO_PROXY})
        self.carry_out(f"set {network.PROXY_URL} --no-proxy {network.NO_PROXY}", plan)

    def unset(self) -> None:
        """The way back."""
        self.carry_out("unset", plan_unset(self._host, view(self._host, version=ENGINE), DAEMON_VARIABLES))

    def show(self) -> None:
        """What is in force and why."""
        self._say("$ dockproxy show")
        self._say(show_text.render(inspect(self._host, version=ENGINE), style=self._style).rstrip())

    def files(self) -> Dict[str, bytes]:
        """Every file of the host."""
        return {str(p): p.read_bytes() for p in sorted(self._root.rglob("*")) if p.is_file()}

    def expect_same(self, before: Dict[str, bytes]) -> None:
        """Every file as it was."""
        same = self.files() == before
        self._say("Every file of the host is as before." if same else "Files differ from before.")
        self._expect(same)

    def _expect(self, as_told: bool) -> None:
        self.surprises += not as_told


def _entry(line: str) -> str:
    """Of a line of Squid's log what was decided, and about what."""
    _, _, _, decision, _, method, target, *_ = line.split()
    return f"{decision} {method} {target}"


def tell(say: Say, style: Style = plain) -> int:
    """Tell the whole story; returns how many scenes did not end as told."""
    with network.enterprise() as enterprise, tempfile.TemporaryDirectory(prefix="dockproxy-demo-") as folder:
        scenes = Scenes(Path(os.path.realpath(folder)), enterprise, say, style)
        before = scenes.files()
        say(
            "An enterprise in one process: a host that knows no public name, a proxy that\n"
            "filters, a registry behind it and one beside it. There is no Docker here: the\n"
            "pulls are dockproxy's own, routed as dockerd would route them; everything else is\n"
            "what happens on a real host."
        )
        public, internal = f"{network.PUBLIC}/demo/tiny:1", f"{network.INTERNAL}/demo/tiny:1"
        acts: List[Tuple[str, Callable[[], None]]] = [
            ("Without a proxy the public registry is out of reach", lambda: scenes.pull(public, False, False)),
            ("One command", scenes.set),
            ("What is in force, and why", scenes.show),
            ("The same pull goes through the proxy, which saw it", lambda: scenes.pull(public, True, True)),
            (
                "An internal registry goes direct; the proxy saw nothing",
                lambda: scenes.pull(internal, True, False),
            ),
            (
                "What the proxy's policy forbids stays forbidden",
                lambda: scenes.pull(f"{network.FORBIDDEN}/demo/tiny:1", False, True),
            ),
            ("And back", scenes.unset),
            ("The pull fails as in the beginning", lambda: scenes.pull(public, False, False)),
        ]
        for title, act in acts:
            scenes.title(title)
            act()
        scenes.expect_same(before)
        return scenes.surprises
