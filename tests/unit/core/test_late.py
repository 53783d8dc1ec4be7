"""A library that is loaded late is loaded by its first use, and only libraries are."""

import subprocess
import sys

import pytest

from captcha_range.core.late import late

PROGRAM = """
import sys
from captcha_range.core.late import late
colours = late("colorsys")
before = "colorsys" in sys.modules
assert colours.rgb_to_hls(0.0, 0.0, 0.0) == (0.0, 0.0, 0.0)
print(before, "colorsys" in sys.modules)
"""


def test_the_first_use_loads_it() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_it_gives_what_the_library_has() -> None:
    import colorsys

    colours = late("colorsys")
    assert colours.rgb_to_hls is colorsys.rgb_to_hls
    assert colours.rgb_to_hls is colorsys.rgb_to_hls
    with pytest.raises(AttributeError, match="no_such_name"):
        colours.no_such_name  # noqa: B018 - the look itself is what is tested


def test_a_library_that_is_not_there_is_missed_by_its_first_use() -> None:
    absent = late("no_such_library")
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        absent.anything  # noqa: B018 - as above


@pytest.mark.parametrize("name", ["captcha_range", "captcha_range.provider.plane"])
def test_a_module_of_the_project_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="everybody"):
        late(name)
