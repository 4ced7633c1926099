"""Command lines that are shown so that they can be typed again, but for what sounds like a secret."""

from __future__ import annotations

from typing import List

import pytest

from dockproxy.secret.names import masked_argv


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        (["--log-opt", "splunk-token=C4NARY="], ["--log-opt", "splunk-token=***"]),
        (["--log-opt=Splunk-Token=C4NARY="], ["--log-opt=Splunk-Token=***"]),
        (["--label", "a=b", "--label=c=password=C4NARY"], ["--label", "a=b", "--label=c=password=***"]),
        (["--cluster-secret", "C4NARY", "--debug"], ["--cluster-secret", "***", "--debug"]),
        (["--log-opt", "url=http://h/?token=C4NARY"], ["--log-opt", "url=http://h/?token=***"]),
        (["--http-proxy", "http://u:C4NARY@p:1"], ["--http-proxy", "http://***:***@p:1"]),
        (["--tlskey", "/k.pem", "--log-opt", "syslog-tls-key=/k.pem"],) * 2,
        (["--authorization-plugin", "a", "--authorization-plugin=b"],) * 2,
        (["-H", "fd://", "--data-root=/srv/my keys", "--add-runtime", "r=/bin/r"],) * 2,
    ],
)
def test_what_of_a_command_line_is_shown(argv: List[str], shown: List[str]) -> None:
    assert masked_argv(["dockerd", *argv]) == ["dockerd", *shown]
