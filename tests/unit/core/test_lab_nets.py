"""The fence's addresses: loopback always, private networks by name, nothing else ever."""

import pytest

from captcha_range.core.lab_nets import LAB_NETS, Fence, NetworkNotNameable, parse_address

INSIDE = ["127.0.0.1", "127.0.0.0", "127.255.255.255", "127.0.10.7", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]

NEVER_INSIDE = [
    "169.254.169.254",
    "169.254.0.1",
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.0.0.1",
    "255.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "126.255.255.255",
    "128.0.0.0",
    "8.8.8.8",
    "1.1.1.1",
    "::",
    "::2",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:db8::1",
    "2606:4700:4700::1111",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "::ffff:8.8.8.8",
    "::ffff:0.0.0.0",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
]

PRIVATE = [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "fc00::1",
    "fdff::1",
    "::ffff:10.0.0.1",
    "::ffff:192.168.0.1",
]

NOT_ADDRESSES = [
    "",
    " ",
    "localhost",
    "range.test",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.01",
    "127.1",
    "127",
    "127.0.0.1.",
    " 127.0.0.1",
    "127.0.0.1 ",
    "127.0.0.1\n",
    "127.0.0.1/8",
    "127.0.0.1:80",
    "[::1]",
    "::1%lo",
    "fe80::1%eth0",
    "fd00::1%eth0",
    "::ffff:127.0.0.1%1",
    "127.0.0.1\0",
    "١٢٧.٠.٠.١",
    "127。0。0。1",
    "127.0.0.1@8.8.8.8",
]

EVERY_PRIVATE_NETWORK = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


@pytest.mark.parametrize("address", INSIDE)
def test_loopback_is_always_inside(address: str) -> None:
    assert Fence().contains(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_outside_until_their_network_is_named(address: str) -> None:
    assert not Fence().contains(address)
    assert Fence(EVERY_PRIVATE_NETWORK).contains(address)


@pytest.mark.parametrize("address", NEVER_INSIDE)
def test_all_other_addresses_stay_outside_even_when_every_private_network_is_named(address: str) -> None:
    assert parse_address(address) is not None
    assert not Fence(EVERY_PRIVATE_NETWORK).contains(address)


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_not_a_plain_address_is_outside(text: str) -> None:
    assert parse_address(text) is None
    assert not Fence(EVERY_PRIVATE_NETWORK).contains(text)


def test_a_named_network_opens_itself_and_not_its_neighbours() -> None:
    fence = Fence(["10.1.0.0/16", "fd12:3456::/32"])
    assert fence.contains("10.1.255.255")
    assert not fence.contains("10.2.0.0")
    assert not fence.contains("10.0.255.255")
    assert fence.contains("fd12:3456:ffff::1")
    assert not fence.contains("fd12:3457::1")


def test_a_single_private_address_can_be_named() -> None:
    fence = Fence(["192.168.7.9"])
    assert fence.contains("192.168.7.9")
    assert not fence.contains("192.168.7.8")


def test_loopback_may_not_be_named_because_it_is_always_inside() -> None:
    with pytest.raises(NetworkNotNameable):
        Fence(["127.0.0.0/8"])


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1",
        "8.8.8.0/24",
        "8.8.8.8",
        "10.0.0.0/7",
        "172.0.0.0/11",
        "172.32.0.0/16",
        "192.168.0.0/15",
        "192.169.0.0/16",
        "169.254.0.0/16",
        "169.254.169.254/32",
        "100.64.0.0/10",
        "224.0.0.0/4",
        "fc00::/6",
        "fe80::/10",
        "ff00::/8",
        "2000::/3",
        "64:ff9b::/96",
        "::ffff:10.0.0.0/104",
        "::ffff:0:0/96",
        "::10.0.0.0/104",
    ],
)
def test_no_network_outside_the_private_ones_can_be_named(network: str) -> None:
    with pytest.raises(NetworkNotNameable, match=r"lab_nets: .* is not within 10"):
        Fence([network])


@pytest.mark.parametrize(
    "text", ["", "ten", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "010.0.0.0/8", "10.0.0.0/8,8.8.8.8"]
)
def test_what_is_not_a_network_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(NetworkNotNameable, match="is not a network such as"):
        Fence([text])


def test_one_bad_network_among_good_ones_is_refused() -> None:
    with pytest.raises(NetworkNotNameable):
        Fence(["10.0.0.0/8", "8.0.0.0/8"])


def test_without_names_exactly_the_loopback_networks_are_inside() -> None:
    assert Fence().nets == LAB_NETS


@pytest.mark.parametrize(
    ("text", "plain"),
    [("127.0.0.1", "127.0.0.1"), ("0:0:0:0:0:0:0:1", "::1"), ("::FFFF:10.0.0.1", "10.0.0.1"), ("FD00::A", "fd00::a")],
)
def test_an_address_has_one_plain_form(text: str, plain: str) -> None:
    assert str(parse_address(text)) == plain
