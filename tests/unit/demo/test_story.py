"""The demo is its own test: every scene says how it must end."""

from __future__ import annotations

from dockproxy.demo import story


def test_every_scene_ends_as_told() -> None:
    lines: list[str] = []
    assert story.tell(lines.append) == 0
    text = "\n".join(lines)
    assert "TCP_TUNNEL/200 CONNECT hub.example.com:443" in text
    assert "TCP_DENIED/403 CONNECT games.example.net:443" in text
    assert "CONNECT registry.corp" not in text
    assert "Every file of the host is as before." in text
    assert max(map(len, lines[0].splitlines())) <= 85
