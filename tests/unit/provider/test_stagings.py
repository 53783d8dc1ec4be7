"""Stagings: which scenario happens to which call, and in which order."""

from captcha_range.provider.namespaces import GALLERY
from captcha_range.provider.scenarios import SCENARIOS
from captcha_range.provider.sites import Site
from captcha_range.provider.stagings import StagingOrder, Stagings

ONE = Site(sitekey="one", name="", origins=(), namespace="a")
TWO = Site(sitekey="two", name="", origins=(), namespace="b")


def taken(stagings: Stagings, *sites: Site, call: str = "siteverify") -> str | None:
    playing = stagings.take(call, sites)
    return None if playing is None else playing.scenario.name


def staged(*orders: StagingOrder) -> Stagings:
    stagings = Stagings()
    for order in orders:
        stagings.add(order)
    return stagings


def test_a_staging_is_for_its_site_its_namespace_or_everybody() -> None:
    for order, who in (
        (StagingOrder(scenario="expired", sitekey="ONE"), [True, False, False]),
        (StagingOrder(scenario="expired", namespace="b"), [False, True, False]),
        (StagingOrder(scenario="expired"), [True, True, True]),
    ):
        stagings = staged(order)
        assert [taken(stagings, *sites) is not None for sites in ([ONE], [TWO], [])] == who


def test_the_dashboards_gallery_uses_up_nothing_that_is_staged_for_everybody() -> None:
    gallery = Site(sitekey="three", name="", origins=(), namespace=GALLERY)
    stagings = staged(StagingOrder(scenario="expired", requests=1))
    assert [taken(stagings, gallery), taken(stagings, ONE)] == [None, "expired"]
    assert taken(staged(StagingOrder(scenario="expired", namespace=GALLERY)), gallery) == "expired"
    assert taken(staged(StagingOrder(scenario="expired", sitekey="three")), gallery) == "expired"


def test_a_staging_happens_as_often_as_it_is_to() -> None:
    stagings = staged(StagingOrder(scenario="expired", requests=2))
    assert [taken(stagings, ONE) for _ in range(3)] == ["expired", "expired", None]


def test_counted_ones_come_in_their_order_before_the_latest_without_end() -> None:
    stagings = staged(
        StagingOrder(scenario="hang"),
        StagingOrder(scenario="http-500", requests=1),
        StagingOrder(scenario="expired"),
        StagingOrder(scenario="slow", requests=1),
    )
    assert [taken(stagings, ONE) for _ in range(4)] == ["http-500", "slow", "expired", "expired"]


def test_a_scenario_happens_to_its_own_call_only() -> None:
    stagings = staged(StagingOrder(scenario="passive", requests=1))
    assert taken(stagings, ONE) is None
    assert taken(stagings, ONE, call="getcaptcha") == "passive"


def test_clearing_spares_what_others_staged() -> None:
    stagings = staged(
        StagingOrder(scenario="expired", sitekey="one"),
        StagingOrder(scenario="expired", namespace="a"),
        StagingOrder(scenario="slow", sitekey="two"),
        StagingOrder(scenario="hang"),
    )
    stagings.clear([ONE], "a")
    assert [each.scenario for each in stagings.all()] == ["slow", "hang"]


def test_names_and_numbers_are_unique_and_say_something() -> None:
    for key in ("name", "number"):
        values = [getattr(scenario, key) for scenario in SCENARIOS]
        assert len(set(values)) == len(values)
    assert all(scenario.shows for scenario in SCENARIOS)
