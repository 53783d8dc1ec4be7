"""Meters in Prometheus's text format, written by its own library (the extra `metrics`)."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from captcha_range.core.errors import RangeError
from captcha_range.core.meters import Counter, Gauge, Histogram, Meter

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.core import HistogramMetricFamily

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class MetricsMissing(RangeError):
    """The metrics need the extra `metrics`: pip install 'captcha-range[metrics]'."""

    code = "metrics_missing"


def exposition(meters: Iterable[Meter]) -> bytes:
    """The meters as they stand, with those of the process. MetricsMissing.

    A registry is made for each look, so that several ranges in one process have nothing in common.
    """
    try:
        # An extra: only who scrapes needs it.
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        raise MetricsMissing from None
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Collector(tuple(meters)))
    return generate_latest(registry)


class _Collector:
    def __init__(self, meters: tuple[Meter, ...]) -> None:
        self._meters = meters

    def collect(self) -> "Iterator[Metric]":
        return map(_family, self._meters)


def _family(meter: Meter) -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    if isinstance(meter, Gauge):
        return GaugeMetricFamily(meter.name, meter.told, value=meter.read())
    if isinstance(meter, Counter):
        counted = CounterMetricFamily(meter.name, meter.told, labels=meter.labels)
        for values, count in meter.values.items():
            counted.add_metric(values, count)
        return counted
    return _histogram(meter, HistogramMetricFamily(meter.name, meter.told, labels=meter.labels))


def _histogram(meter: Histogram, family: "HistogramMetricFamily") -> "Metric":
    for values, buckets in meter.values.items():
        family.add_metric(values, buckets=list(meter.cumulated(values)), sum_value=buckets.sum)
    return family
