"""Settings: flag, then environment, then file, then default; every refusal names the setting and where it came from."""

from pathlib import Path
from typing import Any

import pytest

from captcha_range.core.regions import DEFAULT_REGIONS
from captcha_range.core.settings import Settings, SettingsInvalid, load_settings

PREFIX = "CAPTCHA_RANGE_"


def load(
    flags: dict[str, Any] | None = None, environment: dict[str, str] | None = None, file: Path | None = None
) -> Settings:
    return load_settings(flags or {}, environment or {}, file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "range.toml"
    path.write_text('provider_port = 1003\nworkers = 3\nlab_nets = ["10.3.0.0/16"]\n[regions]\nfr = "127.0.3.0/24"\n')
    return path


def test_without_any_source_the_defaults_hold() -> None:
    settings = load()
    assert (settings.host, settings.provider_port, settings.solver_port) == ("127.0.0.1", 8480, 8481)
    assert settings.lab_nets == ()
    assert settings.regions == DEFAULT_REGIONS
    assert settings.seed is None
    assert settings.data_dir == Path("~/.local/share/captcha-range").expanduser()


def test_the_data_directory_follows_the_desktop_standard() -> None:
    assert load(environment={"XDG_DATA_HOME": "/var/data"}).data_dir == Path("/var/data/captcha-range")
    assert load(environment={"XDG_DATA_HOME": ""}).data_dir == Path("~/.local/share/captcha-range").expanduser()


def test_a_flag_comes_before_the_environment_that_comes_before_the_file(file: Path) -> None:
    environment = {PREFIX + "PROVIDER_PORT": "1002"}
    assert load({"provider_port": 1001}, environment, file).provider_port == 1001
    assert load({}, environment, file).provider_port == 1002
    assert load({}, {}, file).provider_port == 1003
    assert load().provider_port == 8480


def test_a_flag_that_was_not_given_is_not_its_default(file: Path) -> None:
    flags = {"provider_port": None, "workers": None, "host": None}
    assert load(flags, {}, file).provider_port == 1003
    assert load(flags, {}, file).workers == 3


def test_a_flag_with_the_default_value_still_comes_first(file: Path) -> None:
    assert load({"provider_port": 8480}, {PREFIX + "PROVIDER_PORT": "1002"}, file).provider_port == 8480


def test_lists_and_maps_are_replaced_as_a_whole(file: Path) -> None:
    environment = {
        PREFIX + "LAB_NETS": " 10.2.0.0/16 , fd00::/8,",
        PREFIX + "REGIONS": "de = 127.0.2.0/24, at=127.0.4.0/24",
    }
    settings = load({}, environment, file)
    assert settings.lab_nets == ("10.2.0.0/16", "fd00::/8")
    assert settings.regions == {"de": "127.0.2.0/24", "at": "127.0.4.0/24"}
    assert load({}, {}, file).regions == {"fr": "127.0.3.0/24"}
    assert load({"lab_nets": ["10.1.0.0/16"]}, environment, file).lab_nets == ("10.1.0.0/16",)


def test_a_text_setting_keeps_text_that_looks_like_another_kind() -> None:
    assert load(environment={PREFIX + "SEED": "123"}).seed == "123"
    assert load(environment={PREFIX + "SEED": "null"}).seed == "null"
    assert load(environment={PREFIX + "SEED": "true"}).seed == "true"


def test_a_home_directory_is_expanded() -> None:
    assert load(environment={PREFIX + "DATA_DIR": "~/here"}).data_dir == Path("~/here").expanduser()


def test_variables_of_others_do_not_count() -> None:
    assert load(environment={"PROVIDER_PORT": "1", "CAPTCHA": "x", "captcha_range_workers": "9"}) == load()


def test_an_unknown_variable_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsInvalid, match="environment variable CAPTCHA_RANGE_PORT: there is no setting 'port'"):
        load(environment={PREFIX + "PORT": "1"})


def test_an_unknown_name_in_the_file_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    path.write_text("provider_prot = 1\n")
    with pytest.raises(SettingsInvalid, match=r"settings file .*range\.toml: there is no setting 'provider_prot'"):
        load(file=path)


def test_an_unknown_name_is_refused_even_where_a_flag_would_win(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        load({"provider_port": 1}, {PREFIX + "WORKER": "1"})


@pytest.mark.parametrize("text", ["workers = ", "\ufeffworkers = 1", "workers = 1\nworkers = 2"])
def test_a_file_that_is_not_toml_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "range.toml"
    path.write_text(text)
    with pytest.raises(SettingsInvalid, match=r"settings file .*range\.toml"):
        load(file=path)


def test_a_file_in_another_encoding_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    path.write_bytes(b'seed = "\xff"')
    with pytest.raises(SettingsInvalid, match=r"range\.toml"):
        load(file=path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"missing\.toml"):
        load(file=tmp_path / "missing.toml")


WRONG = [
    ("PROVIDER_PORT", "eighty"),
    ("PROVIDER_PORT", "70000"),
    ("PROVIDER_PORT", "-1"),
    ("PROVIDER_PORT", "8480.5"),
    ("PROVIDER_PORT", ""),
    ("PROVIDER_PORT", "8481"),
    ("SOLVER_PORT", "65536"),
    ("SOLVER_PORT", "8480"),
    ("WORKERS", "-1"),
    ("WORKERS", "65"),
    ("SLOTS", "0"),
    ("SOLVER_URL", "http://8.8.8.8:8481"),
    ("SOLVER_URL", "https://127.0.0.1:8481"),
    ("PROVIDER_URL", "http://127.0.0.1:8480/path"),
    ("PROVIDER_URL", "http://169.254.169.254"),
    ("PROVIDER_URL", "http://newassets.hcaptcha.com"),
    ("PROVIDER_URL", "file:///etc/passwd"),
    ("WORKERS", "many"),
    ("LOG_FORMAT", "xml"),
    ("HOST", "0.0.0.0"),  # noqa: S104 - an address to refuse
    ("HOST", "localhost"),
    ("HOST", "8.8.8.8"),
    ("HOST", "10.0.0.1"),
    ("HOST", "::"),
    ("HOST", ""),
    ("LAB_NETS", "8.8.8.0/24"),
    ("LAB_NETS", "0.0.0.0/0"),
    ("LAB_NETS", "10.0.0.0/8,nonsense"),
    ("REGIONS", "us"),
    ("REGIONS", "us=nonsense"),
    ("REGIONS", ""),
    ("DATA_DIR", "~no-such-user-here/x"),
]


@pytest.mark.parametrize(("variable", "text"), WRONG)
def test_a_bad_value_names_its_setting_and_its_source(variable: str, text: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load(environment={PREFIX + variable: text})
    # The two ports accuse each other: whichever was given, the message is about the pair.
    expected = {"solver_port"} if text == "8481" else {variable.lower()}
    assert str(caught.value).partition(" ")[0] in expected
    assert "(from environment)" in str(caught.value) or text == "8481"


def test_a_bad_value_in_the_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "range.toml"
    for text in (
        'workers = "four"',
        "workers = [1]",
        "workers = -1",
        "max_open_tasks = 0",
        "seed = 7",
        'lab_nets = "10.0.0.0/8"',
        "regions = []",
    ):
        path.write_text(text)
        with pytest.raises(SettingsInvalid, match=rf"^{text.split()[0]} \(from file .*range\.toml\)"):
            load(file=path)


def test_a_bad_flag_names_the_flag() -> None:
    with pytest.raises(SettingsInvalid, match=r"^workers \(from flag\)"):
        load({"workers": 1_000})


def test_two_free_ports_are_not_the_same_port() -> None:
    assert load({"provider_port": 0, "solver_port": 0}).provider_port == 0


def test_a_host_in_a_named_network_is_inside() -> None:
    settings = load(environment={PREFIX + "HOST": "10.1.2.3", PREFIX + "LAB_NETS": "10.1.0.0/16"})
    assert settings.host == "10.1.2.3"
    assert load({"host": "::1"}).host == "::1"


def test_what_exec_hands_on_is_ignored_and_a_near_miss_is_not() -> None:
    handed_on = {"CAPTCHA_RANGE_URL": "http://127.0.0.1:1", "CAPTCHA_RANGE_SECRET": "0x", "XDG_DATA_HOME": "/data"}
    assert load_settings({}, handed_on, None) == load_settings({}, {"XDG_DATA_HOME": "/data"}, None)
    with pytest.raises(SettingsInvalid, match="CAPTCHA_RANGE_URLS"):
        load_settings({}, {"CAPTCHA_RANGE_URLS": "http://127.0.0.1:1"}, None)
