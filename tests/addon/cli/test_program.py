"""The program of `rote serve`: which of mitmproxy's addons are in it."""

from mitmproxy.addons import default_addons

from addon.cli.program import declared_options, kept_addons


def test_the_addons_kept_are_mitmproxys_own_in_its_own_order() -> None:
    every = [type(addon) for addon in default_addons()]

    kept = [type(addon) for addon in kept_addons()]

    assert kept == [kind for kind in every if kind in kept]


def test_options_of_connections_are_there_and_those_of_what_is_left_out_are_not() -> None:
    names = set(declared_options().keys())

    there = {"mode", "ssl_insecure", "upstream_auth", "proxyauth", "http2", "block_global"}
    assert there | {"rote_mode", "termlog_verbosity"} <= names
    assert not {"anticache", "map_local", "scripts", "save_stream_file", "flow_detail"} & names
