"""Regions: a map from networks to labels."""

import pytest

from captcha_range.core.regions import DEFAULT_REGIONS, NOWHERE, Regions, RegionsInvalid


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("127.0.10.0", "us"),
        ("127.0.20.255", "gb"),
        ("127.0.30.1", "hk"),
        ("127.0.40.1", "ca"),
        ("127.0.50.9", "sg"),
        ("::ffff:127.0.20.1", "gb"),
        ("127.0.0.1", NOWHERE),
        ("127.0.60.1", NOWHERE),
        ("8.8.8.8", NOWHERE),
        ("::1", NOWHERE),
        ("not an address", NOWHERE),
        ("", NOWHERE),
    ],
)
def test_an_address_stands_in_the_network_that_contains_it(address: str, label: str) -> None:
    assert Regions().of(address) == label


def test_the_first_of_two_networks_that_overlap_counts() -> None:
    regions = Regions({"near": "127.1.0.0/16", "far": "127.0.0.0/8"})
    assert regions.of("127.1.2.3") == "near"
    assert regions.of("127.2.2.3") == "far"


def test_every_region_has_a_source_address_that_stands_in_it() -> None:
    regions = Regions({**DEFAULT_REGIONS, "one": "127.9.9.9/32", "six": "fd00::/64"})
    for label in regions.labels:
        source = regions.source_address(label)
        assert source is not None
        assert regions.of(source) == label


def test_an_unknown_label_has_no_source_address() -> None:
    assert Regions().source_address("mars") is None
    assert Regions().source_address(NOWHERE) is None


def test_labels_keep_their_order() -> None:
    assert Regions({"b": "127.0.1.0/24", "a": "127.0.2.0/24"}).labels == ("b", "a")


@pytest.mark.parametrize("network", ["", "us", "127.0.0.1/8", "127.0.0.0/33"])
def test_a_network_that_is_none_is_refused_with_its_label(network: str) -> None:
    with pytest.raises(RegionsInvalid, match="regions: gb = "):
        Regions({"gb": network})


@pytest.mark.parametrize("label", ["", "GB", "g b", "gb\n", "é", "x" * 41])
def test_a_label_in_another_form_than_lower_case_is_refused(label: str) -> None:
    with pytest.raises(RegionsInvalid, match="is not a label"):
        Regions({label: "127.0.20.0/24"})


def test_a_map_without_any_region_is_refused_because_a_preflight_needs_one() -> None:
    with pytest.raises(RegionsInvalid, match="name at least one"):
        Regions({})
