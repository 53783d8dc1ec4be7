"""What `captcha_range.client` offers is exactly what its `__all__` says."""

import inspect

from captcha_range import client


def test_all_names_every_public_thing_and_no_other() -> None:
    public = {name for name, value in vars(client).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert sorted(public) == client.__all__


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(client.Client) == methods(client.AsyncClient)
    assert set(methods(client.Client)) == {
        "solve",
        "create_task",
        "task",
        "tasks",
        "cancel",
        "events",
        "recognise",
        "preflight",
        "account",
    }
