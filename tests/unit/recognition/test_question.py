import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.prompts import ODD_ONE_OUT, each_image_containing
from captcha_range.challenges.sprites import ObjectClass, standard_pack
from captcha_range.core.streams import Streams
from captcha_range.recognition.labels import ClassLabels, LabelIndex
from captcha_range.recognition.question import Question, parsed

ENGLISH = (
    "Please click each image containing {one}",
    "please click each image containing {one}.",
    "  PLEASE  CLICK EACH IMAGE CONTAINING  {one} ",
    "Select all images with {one}",
    "Select all the pictures that contain {many}.",
    "Click on every tile showing {many}!",
    "Choose all photos of {many}",
    "Select all squares that have {one} in them",
    "Tap the images in which there is at least {one}",
    "Which of these pictures show {many}?",
)
CHINESE = (
    "请点击每张包含{label}的图片",
    "请点击每张包含{label}的图片。",
    "请 点击 每张 包含 {label} 的 图片!",
    "请选择所有包含{label}的图片",
    "请选出所有含有{label}的图片。",
    "选择有{label}的图片",
    "请点击所有显示一个{label}的照片",
)


def questions_about(each: ObjectClass) -> list[str]:
    english = [text.format(one=each.en.phrase, many=each.en.plural) for text in ENGLISH]
    names = (each.zh.label, *each.zh.aliases)
    return english + [text.format(label=name) for text in CHINESE for name in names]


def test_the_own_prompts_of_every_class_are_understood() -> None:
    for each in standard_pack().classes:
        prompt = each_image_containing(each)
        assert parsed(prompt.en) == Question("grid", each.key)
        assert parsed(prompt.zh) == Question("grid", each.key)


def test_at_least_97_percent_of_all_classes_and_wordings_are_understood_and_hardly_one_is_mistaken() -> None:
    answers = [(parsed(text), each.key) for each in standard_pack().classes for text in questions_about(each)]
    right = sum(asked == Question("grid", key) for asked, key in answers)
    mistaken = sum(asked is not None and asked != Question("grid", key) for asked, key in answers)
    assert right >= 0.97 * len(answers)
    assert mistaken <= 0.002 * len(answers)


def test_every_alias_is_understood() -> None:
    for each in standard_pack().classes:
        for alias in each.en.aliases:
            assert parsed(f"Please click each image containing {alias}") == Question("grid", each.key), alias


@pytest.mark.parametrize(
    "text",
    [
        ODD_ONE_OUT.en,
        ODD_ONE_OUT.en.lower() + ".",
        "  please click on the unique OBJECT   among the others。",
        "Click the object that is different from the others",
        "Please click on the odd one out",
        "Select the item that does not belong",
        "Tap the one which isn't like the others, the odd one out",
        "Which object is different from the rest?",
        ODD_ONE_OUT.zh,
        ODD_ONE_OUT.zh + "。",
        "请 点击 与众不同 的 物体",
        "请点击与其他物体不同的物体",
        "請點擊與眾不同的物體",
        "请选择独一无二的物体",
    ],
)
def test_ways_to_ask_for_the_odd_one_out(text: str) -> None:
    assert parsed(text) == Question("odd_one_out")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "cat",
        "Is this the way to Amarillo?",
        "Please click each image containing a flux capacitor",
        "Please click each image containing a sea lion",
        "Please click each image containing",
        "Please click each image containing a cat and a dog",
        "Select all images with a different object",
        "请点击每张包含永动机的图片",
        "请点击每张包含的图片",
        "请点击",
        "Please click each image containing a cat" * 40,
        "\ud800 \x00 （）",
    ],
)
def test_what_is_not_known_for_sure_is_not_answered(text: str) -> None:
    assert parsed(text) is None


def test_a_name_that_means_two_classes_means_none() -> None:
    index = LabelIndex((ClassLabels("1", ("bat", "club"), ("球棒",)), ClassLabels("2", ("bat",), ("蝙蝠",))))
    assert parsed("Select all images with a bat", index) is None
    assert parsed("Select all images with a club", index) == Question("grid", "1")
    assert parsed("请选择所有包含蝙蝠的图片", index) == Question("grid", "2")


def test_colours_and_counts_before_a_name_do_not_matter() -> None:
    car = parsed("Select all images with a car")
    assert car is not None
    assert parsed("Select all images with at least one red car") == car
    assert parsed("请选择所有包含至少一辆汽车的图片") == car


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Please click on the two objects that are the same", Question("pair")),
        ("请点击两个相同的物体", Question("pair")),
        ("Please turn the object upright", Question("rotate_upright")),
        ("请将物体转正", Question("rotate_upright")),
        ("Please move the piece to where it belongs", Question("drag_to_fit")),
        ("请将拼块移到它所属的位置", Question("drag_to_fit")),
        ("Please click on the 3 objects in the order shown at the bottom", Question("order_click", clicks=3)),
        ("请按底部所示的顺序点击4个物体", Question("order_click", clicks=4)),
        ("How many wolves from Mars are there?", None),
        ("Please draw a box around the unicorn", None),
        ("Please click on the unicorn that is left of the dog", None),
        ("Which of these is an animal?", None),
    ],
)
def test_questions_of_other_replies_are_understood(text: str, asked: Question | None) -> None:
    assert parsed(text) == asked


@pytest.mark.parametrize("family", ["pair", "relation", "order_click", "count", "bounding_box", "text"])
def test_both_languages_of_a_prompt_mean_the_same(family: str) -> None:
    for number in range(60):
        prompt = FAMILIES[family].draw(Streams(b"wordings").stream(family, number), 1).prompt
        english, chinese = parsed(prompt.en), parsed(prompt.zh)
        assert english is not None
        assert english.family == family
        if family == "text":
            assert chinese is not None
            assert len(chinese.choices) == len(english.choices)
        else:
            assert chinese == english
