# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json
import threading
from datetime import datetime, timedelta

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import RevisitMixin

ODD = (
    "",
    "x",
    "-1",
    "1e400",
    "nan",
    "99999999999999999999",
    "%00",
    "%E5%BC%A0",
    "1,2-",
)
STEPS = ("", "attempt", "finish", "confirm", "propose", "x")
FORM = (
    "outcome",
    "minutes",
    "note",
    "next_at",
    "result",
    "satisfaction",
    "nps",
    "feedback",
    "customer_confirmed",
    "signature_refused",
    "proposed",
    "seen",
    "answered",
    "access_token",
)
TYPED = (
    "x",
    "-1",
    "nan",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "maybe",
    "张\x01",
    "9" * 400,
)
OBJECTS = (None, 7, "x", "", [], {}, {"a": 1}, [None], True, 1e308)
OBJECTS += ("a\ud800b", {"a": ["\ud800"]}, "a\0b")


@tagged("post_install", "-at_install")
class TestEveryRoute(RevisitMixin, HttpCase):
    """K3: whatever is asked of our pages, they answer, and never with a fault."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.setUpRevisit()

    def setUp(self):
        super().setUp()
        now = datetime.now().replace(microsecond=0)  # the web server's clock
        self.callback = self.make_callback(
            level="dealer",
            dealer_id=self.dealer_a.id,
            channel="visit",
            window_start=now - timedelta(days=1),
            window_end=now + timedelta(days=2),
        )

    def get_routes(self):
        """Return [(path with ids put in, type, methods)] of our routes."""
        routes = []
        # Odoo keeps its routes by the database of the thread that serves a request
        threading.current_thread().dbname = self.env.cr.dbname
        for rule in self.env["ir.http"].routing_map().iter_rules():
            endpoint = rule.endpoint
            module = getattr(endpoint.func, "__module__", "")
            if ".revisit_" not in f".{module}".replace("odoo.addons", ""):
                continue
            routes.append((rule, endpoint.routing))
        return routes

    def build(self, rule, number):
        names = {name: number for name in rule.arguments}
        try:
            _host, path = rule.build(names, append_unknown=False)
        except (TypeError, ValueError):
            return None
        return path

    def assertAnswered(self, response, told):
        self.assertLess(response.status_code, 500, told)

    def walk(self):
        routes = self.get_routes()
        self.assertTrue(routes, "the walk finds our routes")
        for rule, routing in routes:
            for number in (self.callback.id, 0, 2**31, 2**62):
                path = self.build(rule, number)
                if routing["type"] == "jsonrpc":
                    self.walk_json(path, routing)
                else:
                    self.walk_queries(path, number)

    def walk_queries(self, path, number):
        odd = ODD if number == self.callback.id else ODD[:2]
        for value in odd:
            query = "&".join(
                f"{name}={value}"
                for name in (
                    *("access_token", "page", "sortby", "filterby", "search"),
                    *("search_in", "step", "message", "ids", "assessment_id"),
                )
            )
            self.assertAnswered(self.url_open(f"{path}?{query}"), f"{path}?{query}")

    def walk_json(self, path, routing):
        for value in OBJECTS:
            response = self.url_open(
                path,
                data=json.dumps(
                    {"params": {"name": value, "signature": value}}, default=str
                ),
                headers={"Content-Type": "application/json"},
            )
            answer = response.json()
            told = f"{path} {value!r}: {answer.get('error')}"
            error = answer.get("error", {}).get("data", {}).get("name", "")
            self.assertTrue(
                not error
                or error.startswith(("odoo.exceptions.", "werkzeug.exceptions."))
                or error.endswith(("SessionExpiredException", "NotFound"))
                or "unexpected keyword" in str(answer),
                told,
            )

    def test_pages_answer_whatever_is_asked(self):
        for login in (None, "revisit_dealer_a", "revisit_agent", "revisit_manager"):
            self.authenticate(login, login)
            with self.subTest(login=login), mute_logger("odoo.http"):
                self.walk()

    def test_half_a_character_is_refused_in_words(self):
        """K7: programs send it anywhere: in values, searches, messages, files."""
        self.authenticate("revisit_manager", "revisit_manager")
        half, callback = "a\ud800b", [self.callback.id]
        customer = {"partner_id": self.customer.id}
        for model, method, args, *named in (
            ("revisit.callback", "write", [callback, {"feedback": half}]),
            ("revisit.issue", "create", [{"name": half, **customer}]),
            ("revisit.callback", "search", [[["source_name", "ilike", half]]]),
            ("revisit.callback", "name_search", [half]),
            ("revisit.issue", "load", [["name"], [[half]]]),
            ("revisit.issue", "load", [["name", "partner_id"], [["x", half]]]),
            ("res.partner", "load", [["name", "callback_tier"], [[half, "low"]]]),
            ("revisit.callback", "message_post", [callback], {"subject": half}),
            ("revisit.callback", "action_log_attempt", [callback, "busy", 0, half]),
            ("revisit.console", "find", [half]),
            ("revisit.console", "press", [callback[0], "busy", {"note": half}]),
            ("res.partner", "write", [self.customer.ids, {"special_needs": half}]),
            (
                "ir.attachment",
                "create",
                [
                    {
                        "name": half,
                        "res_model": "revisit.callback",
                        "res_id": callback[0],
                    }
                ],
            ),
        ):
            with self.subTest(model=model, method=method), mute_logger("odoo.http"):
                answer = self.url_open(
                    f"/web/dataset/call_kw/{model}/{method}",
                    data=json.dumps(
                        {
                            "params": {
                                "model": model,
                                "method": method,
                                "args": args,
                                "kwargs": named[0] if named else {},
                            }
                        }
                    ),
                    headers={"Content-Type": "application/json"},
                ).json()
                if method == "load":
                    told = str(answer["result"]["messages"])
                else:
                    data = answer["error"]["data"]
                    self.assertTrue(data["name"].startswith("odoo.exceptions."), data)
                    told = data["message"]
                if (model, method) != ("revisit.console", "find"):
                    self.assertIn("character", told)

    def test_forms_answer_whatever_is_typed(self):
        self.authenticate("revisit_dealer_a", "revisit_dealer_a")
        self.callback.planned_at = datetime.now() + timedelta(days=1)
        pages = (
            f"/my/callbacks/{self.callback.id}",
            f"/revisit/time/{self.callback.id}",
        )
        for path in pages:
            for number, typed in enumerate(TYPED):
                step = STEPS[number % len(STEPS)]
                data = dict.fromkeys(FORM, typed)
                if "time" in path:
                    data["access_token"] = self.callback._sign_time()
                data.update(csrf_token=http.Request.csrf_token(self), step=step)
                response = self.url_open(path, data=data)
                self.assertAnswered(response, f"{path} {step} {typed!r:.40}")
            # a file in place of a text
            response = self.url_open(
                path,
                data={"csrf_token": http.Request.csrf_token(self)},
                files={name: ("x.txt", b"x") for name in (*FORM, "step")},
            )
            self.assertAnswered(response, f"{path} files")
        self.env.invalidate_all()
        self.assertEqual(self.callback.time_state, "open")
