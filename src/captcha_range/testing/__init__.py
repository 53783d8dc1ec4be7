"""What you import in the tests of your own site: a running range, and a stage of its own for every test.

With pytest there is nothing to import: the fixtures `captcha_range` and `captcha` are there once captcha-range is
installed.
"""

from captcha_range.testing.practice_range import PracticeRange, run_range
from captcha_range.testing.routing import route_to_range
from captcha_range.testing.site_process import SiteNotStarted, run_site
from captcha_range.testing.stage import PassRefused, SiteOnStage, Stage

__all__ = [
    "PassRefused",
    "PracticeRange",
    "SiteNotStarted",
    "SiteOnStage",
    "Stage",
    "route_to_range",
    "run_range",
    "run_site",
]
