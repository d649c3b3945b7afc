"""Items that come back from rows."""

from tree.reading.item import Item
from tree.template.reader import Reader


def test_an_item_that_no_template_covered_comes_back_as_it_was() -> None:
    item = Item("user", "", "", [], structured=False, key="")

    assert Reader().restored(item) == item
