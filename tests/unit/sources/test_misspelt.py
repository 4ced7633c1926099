"""Names that are nearly those of proxy variables."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest

from dockproxy.resolve.daemon import view
from tests.unit.trees import DROP_IN, docker_files, drop_in, tree


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HTTTP_PROXY", "HTTP_PROXY"),
        ("HTTPSPROXY", "HTTPS_PROXY"),
        ("Http_Proxy", "HTTP_PROXY"),
        ("no_proxi", "NO_PROXY"),
        ("https_proxy", None),
        ("FTP_PROXY", None),
        ("ALL_PROXY", None),
        ("DOCKER_HTTP_PROXY", None),
        ("RSYNC_PROXY", None),
        ("HTTP_PROXY_PORT", None),
    ],
)
def test_which_is_meant(name: str, meant: Optional[str], tmp_path: Path) -> None:
    host = tree(tmp_path, docker_files({f"{DROP_IN}/a.conf": drop_in(f"Environment={name}=http://p:1")}))
    said = [d.message for d in view(host).sources.reading.defects]
    told = f"{DROP_IN}/a.conf:2: {name}: the engine reads no variable of that name; is {meant} meant?"
    assert said == ([told] if meant is not None else [])
