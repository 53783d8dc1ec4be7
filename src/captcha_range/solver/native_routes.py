"""Every URL of the native API, of the workers' and of the admin API on one screen."""

from captcha_range.core.route import Route
from captcha_range.solver.admin import Admin
from captcha_range.solver.native import Native
from captcha_range.solver.plane import Solver
from captcha_range.solver.worker_api import WorkerApi


def native_routes(solver: Solver) -> list[Route]:
    """The routes of `/v1`, each with the scope that a key needs for it."""
    api = Native(solver)
    return [
        Route("/v1/tasks", api.guarded("solve", api.create_task, limit="tasks"), methods=["POST"]),
        Route("/v1/tasks", api.guarded("read", api.list_tasks), methods=["GET"]),
        Route("/v1/tasks/{task}", api.guarded("read", api.get_task), methods=["GET"]),
        Route("/v1/tasks/{task}", api.guarded("solve", api.cancel_task), methods=["DELETE"]),
        Route("/v1/tasks/{task}/events", api.guarded("read", api.follow_task), methods=["GET"]),
        Route("/v1/tasks/{task}/evidence", api.guarded("verify", api.get_evidence), methods=["GET"]),
        Route("/v1/recognitions", api.guarded("solve", api.recognise, limit="recognitions"), methods=["POST"]),
        Route("/v1/preflights", api.guarded("solve", api.arrange_preflight), methods=["POST"]),
        Route("/v1/account", api.guarded("read", api.get_account), methods=["GET"]),
        Route("/v1/account/webhook-secret", api.guarded("admin", api.renew_secret), methods=["POST"]),
        Route("/v1/webhooks/deliveries", api.guarded("read", api.list_deliveries), methods=["GET"]),
        Route("/v1/webhooks/deliveries/{delivery}/redeliver", api.guarded("solve", api.redeliver), methods=["POST"]),
    ]


def worker_routes(solver: Solver) -> list[Route]:
    """The routes of `/v1/leases`, for keys of workers."""
    api = WorkerApi(solver)
    lease = "/v1/leases/{lease}"
    return [
        Route("/v1/leases", api.guarded(api.lease), methods=["POST"]),
        Route(lease, api.guarded(api.read), methods=["GET"]),
        Route(lease, api.guarded(api.release), methods=["DELETE"]),
        Route(f"{lease}/end", api.guarded(api.end), methods=["POST"]),
    ]


def admin_routes(solver: Solver) -> list[Route]:
    """The routes of `/admin`."""
    api = Admin(solver)
    account = "/admin/accounts/{account}"
    return [
        Route("/admin/accounts", api.guarded(api.list_accounts), methods=["GET"]),
        Route("/admin/accounts", api.guarded(api.open_account), methods=["POST"]),
        Route(account, api.guarded(api.read_account), methods=["GET"]),
        Route(account, api.guarded(api.change_account), methods=["PATCH"]),
        Route(f"{account}/top-up", api.guarded(api.top_up), methods=["POST"]),
        Route(f"{account}/keys", api.guarded(api.list_keys), methods=["GET"]),
        Route(f"{account}/keys", api.guarded(api.add_key), methods=["POST"]),
        Route(f"{account}/keys/{{client_key}}", api.guarded(api.revoke_key), methods=["DELETE"]),
        Route(f"{account}/webhook-secret", api.guarded(api.renew_secret), methods=["POST"]),
        Route("/admin/workers", api.guarded(api.list_workers), methods=["GET"]),
        Route("/admin/workers", api.guarded(api.add_worker), methods=["POST"]),
        Route("/admin/workers/{name}", api.guarded(api.remove_worker), methods=["DELETE"]),
    ]
