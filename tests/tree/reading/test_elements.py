"""XML as records and lists."""

import pytest

from tree.reading.elements import elements
from tree.reading.reading import whole

ORDER = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="urn:some-envelope"><s:Body><order xmlns="urn:some-shop" number="A-7">
  <!-- new --><customer>Ida &amp; Bo</customer>
  <items><item sku="x1"><price currency="EUR">7.50</price></item></items>
  <note><![CDATA[a < b]]></note><paid/>
</order></s:Body></s:Envelope>"""


def test_elements_are_read_by_name_whatever_their_prefix() -> None:
    assert elements(ORDER) == {
        "Envelope": {
            "Body": {
                "order": {
                    "@number": "A-7",
                    "customer": "Ida & Bo",
                    "items": [{"@sku": "x1", "price": {"@currency": "EUR", "#text": "7.50"}}],
                    "note": "a < b",
                    "paid": "",
                }
            }
        }
    }


def test_a_tool_may_give_back_xml_and_a_user_says_prose() -> None:
    assert whole("result", ORDER) == elements(ORDER)
    assert whole("user", ORDER) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_entries_are_a_list_however_many(count: int) -> None:
    rows = "".join(f"<address>{at}</address>" for at in range(count))

    assert elements(f"<a><addresses>{rows}</addresses></a>") == {
        "a": {"addresses": [str(at) for at in range(count)]}
    }


def test_several_of_one_name_among_others_are_a_list() -> None:
    assert elements("<a><b>1</b><c>2</c><b>3</b></a>") == {"a": {"b": ["1", "3"], "c": "2"}}


@pytest.mark.parametrize(
    "text",
    [
        "<a><b>1</b>",
        "<a>1</a>",
        "<a>some <b>bold</b> words</a>",
        "a < b > c",
        "<a><b>\ud800</b><b>2</b></a>",
        "<a>" * 60 + "</a>" * 60,
    ],
    ids=["cut short", "one value", "a document", "no XML", "half a character", "too deep"],
)
def test_what_is_no_data_is_left_alone(text: str) -> None:
    assert elements(text) is None


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE a [<!ENTITY e "ha"><!ENTITY f "&e;&e;&e;&e;">]>',
        '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    ],
    ids=["growing", "a file", "an address"],
)
def test_nothing_is_expanded_or_fetched(declared: str) -> None:
    assert elements(f"{declared}<a><b>&e;</b><c>1</c></a>") is None
    assert elements(f"{declared}<a><b>1</b><c>1</c></a>") is None


def test_a_declared_encoding_is_that_of_bytes_that_were_decoded_before() -> None:
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>'

    assert elements(f"{declared}<a><b>Ærø</b><c>1</c></a>") == {"a": {"b": "Ærø", "c": "1"}}
