"""Meters count what they are told, and the library's own parser reads what is told of them."""

import math
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from captcha_range.core.exposition import MetricsMissing, exposition
from captcha_range.core.meters import Counter, Gauge, Histogram, Meter


def parsed(*meters: Meter) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(exposition(meters).decode())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in samples}


def test_a_counter_counts_each_combination_of_labels() -> None:
    counter = Counter("things_total", "Things.", "kind", "size")
    for labels in (("a", "big"), ("b", "big"), ("a", "big")):
        counter.add(*labels)
    told = parsed(counter)
    assert told["things_total", (("kind", "a"), ("size", "big"))] == 2
    assert told["things_total", (("kind", "b"), ("size", "big"))] == 1


def test_an_observation_on_a_bound_lies_below_it() -> None:
    histogram = Histogram("wait_seconds", "Waiting.", (0.5, 1.0), "who")
    for seconds in (0.1, 0.5, 0.75, 7.0):
        histogram.observe(seconds, "me")
    told = parsed(histogram)
    reached = {bound: told["wait_seconds_bucket", (("le", bound), ("who", "me"))] for bound in ("0.5", "1.0", "+Inf")}
    assert reached == {"0.5": 2, "1.0": 3, "+Inf": 4}
    assert told["wait_seconds_count", (("who", "me"),)] == 4
    assert math.isclose(told["wait_seconds_sum", (("who", "me"),)], 8.35)


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    values = iter([3.0, 4.0])
    gauge = Gauge("depth", "Depth.", lambda: next(values))
    assert [parsed(gauge)["depth", ()] for _ in range(2)] == [3.0, 4.0]


def test_labels_that_need_escaping_come_back_as_they_were() -> None:
    counter = Counter("odd_total", "Odd.", "name")
    counter.add('a"b\\c\nd')
    assert parsed(counter)["odd_total", (("name", 'a"b\\c\nd'),)] == 1


def test_two_sets_of_meters_have_nothing_in_common() -> None:
    one, other = Counter("same_total", "Same."), Counter("same_total", "Same.")
    one.add()
    assert parsed(one)["same_total", ()] == 1
    assert ("same_total", ()) not in parsed(other)


def test_the_process_is_told_of_with_its_memory() -> None:
    assert parsed()["process_resident_memory_bytes", ()] > 1e6


def test_without_the_extra_the_refusal_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MetricsMissing, match=r"captcha-range\[metrics\]"):
        exposition([])
