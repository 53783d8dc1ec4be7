"""Kinds of things in everyday words, curated: what surely belongs to one, and what people could argue about."""

from dataclasses import dataclass
from typing import Final

from captcha_range.challenges.sprites import ObjectClass, Pack


@dataclass(frozen=True, slots=True)
class Category:
    """`en` with its article. Classes are told by their English name, or all together by their subgroup or group."""

    en: str
    zh: str
    members: frozenset[str]
    arguable: frozenset[str]
    """Never shown where this category is asked for."""

    def split(self, pack: Pack) -> tuple[list[ObjectClass], list[ObjectClass]]:
        """The classes that surely belong, and those that surely do not."""
        verdicts = [(self._verdict(each), each) for each in pack.classes]
        return (
            [each for verdict, each in verdicts if verdict == "member"],
            [each for verdict, each in verdicts if verdict == "stranger"],
        )

    def _verdict(self, each: ObjectClass) -> str:
        """What is said of the class itself goes before what is said of its subgroup or group."""
        for name in (each.en.singular, each.subgroup, each.group):
            if name in self.members:
                return "member"
            if name in self.arguable:
                return "arguable"
        return "stranger"


def _category(en: str, zh: str, members: str, arguable: str) -> Category:
    return Category(en, zh, frozenset(members.split("; ")), frozenset(arguable.split("; ")))


CATEGORIES: Final = (
    _category(
        "an animal",
        "动物",
        "animal-mammal; animal-bird; animal-amphibian; animal-reptile; animal-marine; animal-bug",
        "seashell; kiwi; teddy bear; computer mouse; dinosaur; snowman; hot dog; mushroom; egg; pumpkin lantern",
    ),
    _category(
        "a fruit",
        "水果",
        "food-fruit",
        "tomato; food-vegetable; pumpkin lantern; food-sweet; plant-other; plant-flower; Christmas tree; mobile phone; "
        "laptop; bubble tea",
    ),
    _category(
        "a vehicle",
        "交通工具",
        "steam locomotive; bus; ambulance; fire engine; car; delivery truck; tractor; racing car; motorcycle; bicycle; "
        "sailboat; ship; airplane; helicopter",
        "kick scooter; skateboard; roller skate; ice skate; wheelchair; traffic light; anchor; lifebuoy; parachute; "
        "rocket; flying saucer; balloon; shopping cart; Ferris wheel; animal-mammal; kite; suitcase",
    ),
    _category(
        "a musical instrument",
        "乐器",
        "musical-instrument",
        "bell; microphone; pair of headphones; radio; CD; computer; phone; saw",
    ),
    _category(
        "something to wear",
        "穿戴用品",
        "T-shirt; pair of jeans; glove; pair of socks; dress; pair of shorts; flip-flop; sneaker; high-heeled shoe; "
        "top hat; graduation cap; baseball cap; pair of glasses; pair of sunglasses; wristwatch",
        "clothing; boxing glove; roller skate; ice skate; ribbon bow; parachute; lifebuoy; umbrella; shield; "
        "pair of headphones; spool of thread; ball of yarn; stethoscope",
    ),
    _category(
        "a ball for a game",
        "比赛用球",
        "soccer ball; baseball; basketball; volleyball; American football",
        "sport; game; ball of yarn; balloon; globe; place-map",
    ),
    _category(
        "a plant",
        "植物",
        "plant-flower; potted plant; leafy tree; palm tree; cactus; four-leaf clover",
        "food-drink; maple leaf; mushroom; Christmas tree; pumpkin lantern",
    ),
    _category(
        "a building",
        "建筑物",
        "house; castle",
        "travel-places; bed; door; window; household; cardboard box; Christmas tree",
    ),
)
"""Curated by hand: every class of the pack belongs, does not belong, or is never shown."""
