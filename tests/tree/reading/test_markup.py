"""HTML by what it shows."""

from typing import Any

import pytest

from tree.reading.markup import marked_up

PAGE = """<!DOCTYPE html>
<html><head><title>Orders &amp; more</title><style>p > a {}</style><script>if (a < b) "<p>"</script></head>
<body><!-- <p>not this</p> --><h1>Open <b>orders</b></h1>
<p>Two of them,<br/>both late.</p>
<ul><li>first</li><li>second</li></ul>
<table><tr><th>id</th><th>sum</th></tr><tr><td>A-1</td><td>7.50</td></tr><tr><td>A-2</td><td>9</td></tr></table>
<a href="/more?a=1&amp;b=2" title="x > y">all of them</a>
<form><input type="text" name='who' value="Ida" disabled><button id=go>Go</button></form>
</body></html>"""


def test_a_page_is_read_by_sort() -> None:
    page: Any = marked_up(PAGE)

    assert page["title"] == "Orders & more"
    assert page["headings"] == ["Open orders"]
    assert page["items"] == ["first", "second"]
    assert page["tables"] == [[{"id": "A-1", "sum": "7.50"}, {"id": "A-2", "sum": "9"}]]
    assert page["links"] == [{"text": "all of them", "href": "/more?a=1&b=2"}]
    assert page["fields"] == [
        {"tag": "input", "name": "who", "type": "text", "value": "Ida"},
        {"tag": "button", "id": "go"},
    ]
    assert page["lines"][:4] == ["Orders & more", "Open orders", "Two of them,", "both late."]
    assert not any("not this" in line or "a {}" in line for line in page["lines"])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>a < b and c</p>", {"lines": ["a < b and c"]}),
        ("<p>a <3 b</p>", {"lines": ["a <3 b"]}),
        ("<p>a<?php x ?>b</p>", {"lines": ["ab"]}),
        ("<p>a<!-- open</p>", {"lines": ["a"]}),
        ("<p>a<script>open</p>", {"lines": ["a"]}),
        ("<table><tr><td>1<td>2</table>", {"tables": [[[]]], "lines": ["1", "2"]}),
        ("<table><tr><td>1</td><td>2</td></tr></table>", {"tables": [[["1", "2"]]], "lines": ["1", "2"]}),
        ("<table><tr><td>a</td></tr><tr><td>1</td><td>2</td></tr></table>",
         {"tables": [[["a"], ["1", "2"]]], "lines": ["a", "1", "2"]}),
        ("<tr><td>x</td></tr></table>", None),
        ("<div></td>x</a></li></div>", {"items": [""], "lines": ["x"]}),
        ("<order>5</order>", None),
        ("a <p>b</p>", None),
        ("<p>x</p> and", None),
        ("<p></p>", None),
        ("x < y > z", None),
        ("<p>a<b title='c>d</p>", {"lines": ["a<b title='c>d</p>"]}),
        ("<p>a<i 'x>b</p>", {"lines": ["ab"]}),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_read_as_far_as_it_goes(text: str, wanted: Any) -> None:
    assert marked_up(text) == wanted


def test_a_page_too_long_is_not_read() -> None:
    assert marked_up("<p>" + "x" * 1_300_000 + "</p>") is None
