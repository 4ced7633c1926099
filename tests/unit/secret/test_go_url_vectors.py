"""What the real Go answered about proxy URLs; tests/oracles/test_go_url.py asks it again and records it."""

from __future__ import annotations

import pytest

from dockproxy.secret import Match, ProxyURL, go_url, masked_equal
from tests.harness import go_oracle

VERSIONS, RAWS, ANSWERS = go_oracle.replay()


@pytest.mark.parametrize("dialect", go_url.DIALECTS)
def test_every_recorded_answer(dialect: str) -> None:
    assert go_oracle.differences(RAWS, dialect, ANSWERS[dialect]) == []


def test_what_was_recorded_says_something() -> None:
    assert set(VERSIONS) == set(go_url.DIALECTS)
    assert len(RAWS) > 1000
    for dialect in go_url.DIALECTS:
        refused = sum(answer["url"] is None for answer in ANSWERS[dialect])
        assert len(RAWS) / 5 < refused < len(RAWS) * 4 / 5, dialect
    # Each version has questions that only it answers so.
    for older, newer in (("go-1.19", "go-1.24"), ("go-1.24", "go-1.25"), ("go-1.25", "go")):
        assert ANSWERS[older] != ANSWERS[newer], (older, newer)
    assert sum("xxxxx:xxxxx@" in answer["masked"] for answer in ANSWERS["go"]) > 100


def test_what_an_engine_shows_is_taken_for_the_url_that_it_masks() -> None:
    for raw, answer in zip(RAWS, ANSWERS["go-1.19"]):
        shown, url = answer["masked"], ProxyURL(raw)
        expected = Match.EQUAL if shown == raw else Match.EQUAL_BUT_MASKED
        assert masked_equal(shown, url) is expected, raw
        assert masked_equal(shown + "x", url) is Match.DIFFERENT, raw


def test_the_mask_itself_in_a_file_says_nothing_about_the_password() -> None:
    copied = ProxyURL("http://xxxxx:xxxxx@proxy:3128")
    assert masked_equal(copied.reveal(), copied) is Match.EQUAL_BUT_MASKED
