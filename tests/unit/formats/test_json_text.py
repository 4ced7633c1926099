"""JSON as Go takes it: what is valid, where an error is, and edits that leave every other byte alone."""

from __future__ import annotations

import codecs
import json
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import json_text


def edit(data: bytes, path: List[str], value: str) -> bytes:
    return json_text.encode(json_text.decode(data).with_value(path, value))


def drop(data: bytes, path: List[str]) -> bytes:
    return json_text.encode(json_text.decode(data).without(path))


def plain(node: json_text.Node) -> Any:
    if node.kind == "object":
        return {m.key: plain(m.value) for m in node.members}
    if node.kind == "array":
        return [plain(i) for i in node.items]
    return float(node.value) if node.kind == "number" else node.value


@pytest.mark.parametrize(
    ("text", "line", "column", "words", "said"),
    [
        ('{"a": 1,}', 1, 9, "comma before }", "invalid character '}' looking for beginning of object key string"),
        ('{"a": [1,]}', 1, 10, "comma before ]", "invalid character ']' looking for beginning of value"),
        ('{\n  // c\n  "a": 1}', 2, 3, "comments", "invalid character '/' looking for beginning of object key string"),
        ('{\n  # c\n  "a": 1}', 2, 3, "comments", "invalid character '#' looking for beginning of object key string"),
        ('{"a": /* x */ 1}', 1, 7, "comments", "invalid character '/' looking for beginning of value"),
        ("{'a': 1}", 1, 2, "double quotes", r"invalid character '\'' looking for beginning of object key string"),
        (
            "{\u201ca\u201d: 1}",
            1,
            2,
            "typographic",
            "invalid character '\xe2' looking for beginning of object key string",
        ),
        ('{"a" 1}', 1, 6, "colon", "invalid character '1' after object key"),
        ('{"a": 1 "b": 2}', 1, 9, "comma or }", "invalid character '\"' after object key:value pair"),
        ("[1 2]", 1, 4, "comma or ]", "invalid character '2' after array element"),
        ('{"a": }', 1, 7, "value is missing", "invalid character '}' looking for beginning of value"),
        ('{"a": 1', 1, 8, "comma or }", "unexpected end of JSON input"),
        ("{a: 1}", 1, 2, "key in double quotes", "invalid character 'a' looking for beginning of object key string"),
        ('{"a": "x\ny"}', 1, 9, "control character", r"invalid character '\n' in string literal"),
        ('{"a": "x\1y"}', 1, 9, "control character", r"invalid character '\x01' in string literal"),
        ('{"a": "\\x"}', 1, 9, "escape", "invalid character 'x' in string escape code"),
        ('{"a": "\\u12g"}', 1, 12, "escape", r"invalid character 'g' in \u hexadecimal character escape"),
        ('{"a": "\\', 1, 9, "escape", "invalid character ' ' in string escape code"),
        ("{} {}", 1, 4, "behind the end", "invalid character '{' after top-level value"),
        ("NaN", 1, 1, "not a JSON value", "invalid character 'N' looking for beginning of value"),
        ("[\x80", 1, 2, "not a JSON value", "invalid character '\xc2' looking for beginning of value"),
        ("[trúe", 1, 4, "not a JSON value", "invalid character '\xc3' in literal true (expecting 'u')"),
        ("tru", 1, 4, "not a JSON value", "invalid character ' ' in literal true (expecting 'e')"),
        ("01", 1, 2, "behind the end", "invalid character '1' after top-level value"),
        ("[-]", 1, 3, "not a JSON number", "invalid character ']' in numeric literal"),
        ("[1.]", 1, 4, "not a JSON number", "invalid character ']' after decimal point in numeric literal"),
        ("[1.5.]", 1, 5, "comma or ]", "invalid character '.' after array element"),
        ("[1e+]", 1, 5, "not a JSON number", "invalid character ']' in exponent of numeric literal"),
        ("[1E\\", 1, 4, "not a JSON number", r"invalid character '\\' in exponent of numeric literal"),
        ("[" * 300, 1, 202, "deep", ""),
    ],
)
def test_an_error_has_its_place_and_its_cause_and_what_go_says(
    text: str, line: int, column: int, words: str, said: str
) -> None:
    with pytest.raises(json_text.JSONTextError) as caught:
        json_text.decode(text.encode())
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in caught.value.message
    assert caught.value.said == said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": tru', "unexpected EOF"),
        (b'{"a": "\xad\x01"}', r"invalid character '\x01' in string literal"),
        (b"{\xad}", r"invalid character '\u00ad' looking for beginning of object key string"),
        ("{}".encode("utf-8-sig"), "invalid character '\xef' looking for beginning of value"),
    ],
)
def test_what_gos_decoder_alone_says(data: bytes, said: str) -> None:
    with pytest.raises(json_text.JSONTextError) as caught:
        json_text.decode(data, plain=True)
    assert caught.value.said == said


def test_dockerd_takes_space_of_all_kinds_around_the_value_and_gos_decoder_looks_at_nothing_behind_it() -> None:
    data = "\u2003{}\xa0\f\n".encode()
    assert json_text.encode(json_text.decode(data)) == data
    with pytest.raises(json_text.JSONTextError):
        json_text.decode(data, plain=True)
    document = json_text.decode(b'{"a": "1"} and more', plain=True)
    assert json_text.encode(document.with_value(["a"], "2")) == b'{"a": "2"} and more'
    assert edit("\xa0".encode(), ["a"], "1") == b'{\n    "a": "1"\n}\n'


JSON_TEXT = st.recursive(
    st.sampled_from(
        ["null", "true", "1", "-0.5e3", '"x"', '"\\u00e9\\n"', '""', "nul", "01", "NaN", "'x'", '"\\q"', "1.", ""]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{ " + " ,\n".join(f'"k{i}":{v}' for i, v in enumerate(items)) + "}"
        ),
    ),
    max_leaves=8,
)


def refuse(constant: str) -> None:
    raise ValueError(constant)


@given(st.one_of(JSON_TEXT, st.text(st.sampled_from('{}[]",:01ntrue \n\\/-.e'))))
def test_validity_and_values_agree_with_python(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=refuse, parse_int=float)
    except ValueError:
        if text.strip(" \t\n\r"):
            with pytest.raises(json_text.JSONTextError):
                json_text.decode(text.encode())
        else:
            assert json_text.decode(text.encode()).root is None
        return
    root = json_text.decode(text.encode()).root
    assert root is not None
    assert plain(root) == expected


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_byte_order_marks_survive(bom: bytes, encoding: str) -> None:
    data = bom + '{\n  "a": "é"\n}\n'.encode(encoding)
    assert json_text.encode(json_text.decode(data)) == data
    after = bom + '{\n  "a": "é",\n  "b": "ü"\n}\n'.encode(encoding)
    assert edit(data, ["b"], "ü") == after
    assert drop(after, ["b"]) == data


def test_half_a_character_of_utf_16_is_an_error_with_a_place() -> None:
    with pytest.raises(json_text.JSONTextError, match="UTF-16"):
        json_text.decode(codecs.BOM_UTF16_LE + b"{\0}\0x")


def test_bytes_that_are_not_utf_8_stop_dockerd_and_not_the_cli() -> None:
    data = b'{"labels": ["caf\xe9"], "b": "1"}'
    with pytest.raises(json_text.JSONTextError, match="not valid UTF-8"):
        json_text.decode(data)
    document = json_text.decode(data, plain=True)
    assert document.root is not None
    assert document.root.members[0].value.items[0].value == "caf\ufffd"
    assert json_text.encode(document) == data
    assert json_text.encode(document.with_value(["b"], "2")) == b'{"labels": ["caf\xe9"], "b": "2"}'
    with pytest.raises(json_text.JSONTextError):
        json_text.decode(b"{\xe9}", plain=True)


@pytest.mark.parametrize(
    ("data", "why"),
    [("{}".encode("utf-8-sig"), "byte order mark"), ("{}".encode("utf-16"), "UTF-16"), (b"\xfe\xff\0{\0}", "UTF-16")],
)
def test_a_byte_order_mark_stops_the_cli_and_not_dockerd(data: bytes, why: str) -> None:
    assert json_text.decode(data).root is not None
    with pytest.raises(json_text.JSONTextError, match=why):
        json_text.decode(data, plain=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\ud800a"', "\ufffda"),
        (r'"\udc00\ud800"', "\ufffd\ufffd"),
        (r'"\ud800\ud800\udc00"', "\ufffd\U00010000"),
        (r'"\ud83d\ude00"', "\U0001f600"),
    ],
)
def test_half_a_surrogate_pair_is_replaced_as_go_does(text: str, expected: str) -> None:
    root = json_text.decode(text.encode()).root
    assert root is not None
    assert root.value == expected


def test_lines_and_last_of_duplicates() -> None:
    document = json_text.decode(b'{\n "a": 1,\n "b": {"x": 1,\n  "x": 2},\n "a":\n  [{"y": 1, "y": 2}]\n}')
    found = document.get("b", "x")
    assert found is not None
    assert (found.value, found.line) == ("2", 4)
    # The line is the one of the value.
    assert document.duplicates() == [(("b", "x"), 4), (("a",), 6), (("a", "y"), 6)]
    assert document.get("a", "x") is None
    assert json_text.decode(b" \n").duplicates() == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n    "proxies": {\n        "http-proxy": "x"\n    }\n}\n'),
        ("{}", '{"proxies": {"http-proxy": "x"}}'),
        (
            '{\n  "debug": true\n}\n',
            '{\n  "debug": true,\n  "proxies": {\n    "http-proxy": "x"\n  }\n}\n',
        ),
        (
            '{\r\n\t"debug": true\r\n}',
            '{\r\n\t"debug": true,\r\n\t"proxies": {\r\n\t\t"http-proxy": "x"\r\n\t}\r\n}',
        ),
        ('{"debug":true}', '{"debug":true,"proxies":{"http-proxy":"x"}}'),
        ('{"debug": true}', '{"debug": true, "proxies": {"http-proxy": "x"}}'),
        ('{"proxies": {}}', '{"proxies": {"http-proxy": "x"}}'),
        ('{"proxies": null}', '{"proxies": {"http-proxy": "x"}}'),
        ('{"proxies": {"http-proxy": 3}, "a": 1}', '{"proxies": {"http-proxy": "x"}, "a": 1}'),
        ("[1]", None),
        (
            '{\r\n\t"proxies": {"https-proxy": "y", "no-proxy": ".c"}\r\n}',
            '{\r\n\t"proxies": {"https-proxy": "y", "no-proxy": ".c", "http-proxy": "x"}\r\n}',
        ),
        ('{"a": 1,\n "proxies": {"no-proxy": ".c"}}', '{"a": 1,\n "proxies": {"no-proxy": ".c", "http-proxy": "x"}}'),
        (
            '{"a": 1, "proxies": {\n  "no-proxy": ".c"\n}}',
            '{"a": 1, "proxies": {\n  "no-proxy": ".c",\n  "http-proxy": "x"\n}}',
        ),
        ('{\n  "a": 1, "b": 2\n}', '{\n  "a": 1, "b": 2, "proxies": {"http-proxy": "x"}\n}'),
    ],
)
def test_set_in_the_style_of_the_file(before: str, after: str) -> None:
    done = edit(before.encode(), ["proxies", "http-proxy"], "x").decode()
    if after is not None:
        assert done == after
    assert json.loads(done)["proxies"]["http-proxy"] == "x"


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ('{"a": 1, "b": 2}', ["a"], '{"b": 2}'),
        ('{"a": 1, "b": 2}', ["b"], '{"a": 1}'),
        ('{"a": 1}', ["a"], "{}"),
        ('{"a": {"b": {"c": 1}}, "d": 2}', ["a", "b", "c"], '{"d": 2}'),
        ('{"a": {"b": 1}}', ["a", "b"], "{}"),
        ('{"a": {"b": 1}}', ["a", "x"], '{"a": {"b": 1}}'),
        ('{"a": 1}', ["x", "y"], '{"a": 1}'),
        ("", ["x"], ""),
    ],
)
def test_remove(before: str, path: List[str], after: str) -> None:
    assert drop(before.encode(), path).decode() == after


KEYS = st.sampled_from(["proxies", "default", "http-proxy", "a", "é", ""])
VALUES = st.text(st.characters(codec="utf-8"), max_size=12)
OBJECTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), VALUES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)
LAYOUT = st.sampled_from(
    [
        {"indent": None},
        {"indent": 2},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {"indent": 4, "ensure_ascii": False},
    ]
)


def merged(tree: Any, path: List[str], value: str) -> Any:
    if not path:
        return value
    inner = tree if isinstance(tree, dict) else {}
    return {**inner, path[0]: merged(inner.get(path[0]), path[1:], value)}


@given(st.dictionaries(KEYS, OBJECTS, max_size=4), LAYOUT, st.lists(KEYS, min_size=1, max_size=3), VALUES)
def test_set_is_read_back_and_undone_by_remove(
    tree: Dict[str, Any], layout: Dict[str, Any], path: List[str], value: str
) -> None:
    data = json.dumps(tree, **layout).encode()
    done = edit(data, path, value)
    assert json.loads(done) == merged(tree, path, value)
    parent: Any = tree
    for key in path:
        if not isinstance(parent, dict) or not parent:
            return
        if key not in parent:
            assert drop(done, path) == data
            return
        parent = parent[key]


@given(st.dictionaries(KEYS, OBJECTS, min_size=1, max_size=4), LAYOUT, VALUES, st.data())
def test_a_value_that_is_replaced_leaves_every_other_byte(
    tree: Dict[str, Any], layout: Dict[str, Any], value: str, data: st.DataObject
) -> None:
    before = json_text.decode(json.dumps(tree, **layout).encode())
    path = [data.draw(st.sampled_from(sorted(tree)))]
    inner = tree[path[0]]
    if isinstance(inner, dict) and inner:
        path.append(data.draw(st.sampled_from(sorted(inner))))
    node = before.get(*path)
    assert node is not None
    after = before.with_value(path, value)
    assert after.text == before.text[: node.start] + json_text.dumps_string(value) + before.text[node.end :]
    found = after.get(*path)
    assert found is not None
    assert (found.kind, found.value) == ("string", value)


@given(st.dictionaries(KEYS, OBJECTS, min_size=2, max_size=4), LAYOUT, st.data())
def test_a_member_that_goes_leaves_the_others_as_they_are_written(
    tree: Dict[str, Any], layout: Dict[str, Any], data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(sorted(tree)))
    before = json_text.decode(json.dumps(tree, **layout).encode())
    after = before.without([key])

    def written(document: json_text.Document) -> List[str]:
        members = document.root.members if document.root is not None else ()
        return [document.text[m.start : m.value.end] for m in members if m.key != key]

    assert written(before) == written(after)
    assert len(written(after)) == len(tree) - 1
    assert after.get(key) is None


def test_a_string_must_be_unicode() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        json_text.dumps_string("\ud800")


def test_garbage_is_an_error_and_no_traceback() -> None:
    for data in (b"\0" * 1000, bytes(range(256)), b"\xff\xfe\x00", b"{" * 100000):
        with pytest.raises(json_text.JSONTextError):
            json_text.decode(data)
