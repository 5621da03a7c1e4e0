# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import re
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from lxml import html

from odoo import Command, http
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Datetime
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import SIGNATURE, RevisitMixin, draw_signature

# the smallest PNG: one transparent pixel
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAA"
    "AABJRU5ErkJggg=="
)
PHONE = "13812345678"
MASKED = "138****5678"


class PortalCase(RevisitMixin, HttpCase):
    """Pages are asked for over HTTP, so windows lie around the real present."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRevisit()
        for login in ("revisit_dealer_a", "revisit_dealer_b", "revisit_customer"):
            user = cls.env["res.users"].search([("login", "=", login)])
            # a first login would take over the browser's time zone
            user._update_last_login()
        cls.policy = cls.make_policy("manual", level="dealer", name="After delivery")
        cls.customer.write({"name": "Zhang Wei", "phone": PHONE})
        cls.now = Datetime.now()

    @classmethod
    def make_dealer_callback(cls, **values):
        return cls.make_callback(
            **{
                "policy": cls.policy,
                "dealer_id": cls.dealer_a.id,
                "product_id": cls.product.id,
                "source_name": "S00042",
                "event_at": cls.now - timedelta(days=2),
                "window_start": cls.now - timedelta(days=1),
                "window_end": cls.now + timedelta(days=3),
                **values,
            }
        )

    def login(self, login="revisit_dealer_a"):
        self.authenticate(login, login)

    def get_page(self, url):
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return response.text

    def post(self, callback, step, **values):
        """Send the form of a callback's page, as a browser does."""
        return self.url_open(
            f"/my/callbacks/{callback.id}",
            data={"csrf_token": http.Request.csrf_token(self), "step": step, **values},
        )

    def assertValue(self, text, name, value):
        """Assert what a field of the form holds on a page."""
        page = html.fromstring(text)
        fields = page.xpath(f"//*[@name='{name}']")
        if fields[0].get("type") in ("radio", "checkbox"):
            chosen = [
                field.get("value") for field in fields if "checked" in field.attrib
            ]
            self.assertEqual(chosen, [value])
        elif fields[0].tag == "textarea":
            self.assertEqual(fields[0].text, value)
        else:
            self.assertEqual(fields[0].get("value"), value)

    def assertIn(self, member, container, msg=None):
        """Do not print whole pages."""
        msg = msg or f"{member} is missing"
        return self.assertTrue(member in container, msg)

    def assertNotIn(self, member, container, msg=None):
        """Do not print whole pages."""
        return self.assertFalse(member in container, msg or f"{member} is there")

    def get_error(self, text):
        page = html.fromstring(text)
        alerts = page.xpath("//div[contains(@class, 'alert-danger')]")[:1]
        told = [*alerts, *page.xpath("//div[contains(@class, 'o_revisit_fault')]")]
        return " ".join(" ".join(part.text_content().split()) for part in told)

    def get_faults(self, text):
        """Return what is told beside the fields of a page: ``{name: sentence}``."""
        faults = html.fromstring(text).xpath(
            "//div[starts-with(@id, 'revisit_fault_')]"
        )
        return {
            fault.get("id").removeprefix("revisit_fault_"): " ".join(
                fault.text_content().split()
            )
            for fault in faults
        }

    def get_links(self, text):
        """Return the ids of the callbacks that a page links to, in its order."""
        links = re.findall(r'href="/my/callbacks/(\d+)"', text)
        return [int(link) for link in links]


@tagged("post_install", "-at_install")
class TestPortalList(PortalCase):
    """The dealer's list of callbacks (SPEC H1, K2, L1)."""

    def test_list_shows_own_callbacks_only(self):
        """H1, L1: neither other dealers' nor headquarters' callbacks are there."""
        own = self.make_dealer_callback()
        self.make_dealer_callback(dealer_id=self.dealer_b.id, source_name="S-OTHER")
        self.make_dealer_callback(level="hq", source_name="S-HQ")
        self.make_dealer_callback(level="region", source_name="S-REGION")
        self.login()
        text = self.get_page("/my/callbacks?filterby=all")
        self.assertEqual(self.get_links(text), own.ids)
        for word in ("S-OTHER", "S-HQ", "S-REGION"):
            self.assertNotIn(word, text)

    def test_counters_are_those_of_the_lists(self):
        """H1, L1: the cards on /my count what the list shows."""
        self.make_dealer_callback()
        self.make_dealer_callback(window_end=self.now - timedelta(hours=1))
        self.make_dealer_callback(level="hq")
        self.make_dealer_callback(dealer_id=self.dealer_b.id)
        leader = self.make_dealer_callback()
        self.make_dealer_callback(contact_id=leader.id)
        self.login()
        counters = ["revisit_callback_count", "revisit_callback_urgent_count"]
        counts = self.make_jsonrpc_request("/my/counters", {"counters": counters})
        self.assertEqual(counts, dict(zip(counters, (3, 1), strict=True)))
        self.assertEqual(len(self.get_links(self.get_page("/my/callbacks"))), 3)
        urgent = self.get_page("/my/callbacks?filterby=urgent")
        self.assertEqual(len(self.get_links(urgent)), 1)
        self.assertIn('href="/my/callbacks"', self.get_page("/my"))

    def test_strangers_have_no_card_and_no_counter(self):
        """H1, L1: a portal customer does not learn that callbacks exist."""
        self.make_dealer_callback()
        self.login("revisit_customer")
        self.assertNotIn("/my/callbacks", self.get_page("/my"))
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["revisit_callback_count"]}
        )
        self.assertEqual(counts, {})

    def test_filters_by_deadline_and_state(self):
        """H1: open, due today, late, done and all."""
        day = timedelta(days=1)
        end_of_today = (
            self.callbacks.with_user(self.portal_a).with_context(tz=self.portal_a.tz)
        )._get_end_of_today()
        late = self.make_dealer_callback(window_end=self.now - timedelta(hours=1))
        today = self.make_dealer_callback(window_end=end_of_today)
        later = self.make_dealer_callback()
        upcoming = self.make_dealer_callback(
            window_start=self.now + day, window_end=self.now + 5 * day
        )
        done = self.make_dealer_callback(
            window_end=self.now + 9 * day, state="done", done_at=self.now
        )
        cancelled = self.make_dealer_callback(
            window_end=self.now + 10 * day, state="cancelled"
        )
        self.login()
        expected = {
            "": late + today + later + upcoming,
            "open": late + today + later + upcoming,
            "urgent": late + today,
            "today": today,
            "late": late,
            "done": done,
            "all": late + today + later + upcoming + done + cancelled,
            "nonsense": late + today + later + upcoming,
        }
        for name, callbacks in expected.items():
            text = self.get_page(f"/my/callbacks?filterby={name}")
            self.assertEqual(self.get_links(text), callbacks.ids, name)

    def test_sorting_by_deadline_and_newest(self):
        first = self.make_dealer_callback(event_at=self.now - timedelta(days=9))
        second = self.make_dealer_callback(
            event_at=self.now, window_end=self.now + timedelta(days=9)
        )
        self.login()
        for name, order in (
            ("deadline", first + second),
            ("newest", second + first),
            ("nonsense", first + second),
        ):
            text = self.get_page(f"/my/callbacks?sortby={name}")
            self.assertEqual(self.get_links(text), order.ids)

    def test_search_finds_customer_and_document(self):
        """H1: portal users may not read customers, yet find their own by name."""
        one = self.make_dealer_callback()
        other_customer = self.make_customer("Zhang Min")
        two = self.make_dealer_callback(
            partner_id=other_customer.id,
            source_name="S77",
            window_end=self.now + timedelta(days=4),
        )
        self.make_dealer_callback(dealer_id=self.dealer_b.id)
        self.login()
        for query, found in (
            ("search_in=customer&search=zhang", one + two),
            ("search_in=customer&search=S77", self.callbacks),
            ("search_in=document&search=S77", two),
            ("search_in=all&search=min", two),
            ("search_in=nonsense&search=S77", two),
            (f"search={PHONE}", self.callbacks),
            ("search=%00zhang", one + two),
            # these stand for themselves
            ("search=%25", self.callbacks),
            ("search=_", self.callbacks),
            ("search=zh_ng", self.callbacks),
            ("search=%5C", self.callbacks),
        ):
            text = self.get_page(f"/my/callbacks?{query}")
            self.assertEqual(self.get_links(text), found.ids, query)

    def test_pages_show_everything_once(self):
        """H1: the pager's pages add up to the count."""
        callbacks = self.callbacks.union(
            *(
                self.make_dealer_callback(
                    window_end=self.now + timedelta(days=1, minutes=number)
                )
                for number in range(23)
            )
        )
        self.login()
        first = self.get_page("/my/callbacks")
        second = self.get_page("/my/callbacks/page/2")
        total = html.fromstring(first).xpath("//*[contains(@class, 'o_revisit_total')]")
        self.assertEqual(total[0].text, "23")
        links = self.get_links(first) + self.get_links(second)
        self.assertEqual(len(links), 23)
        self.assertEqual(set(links), set(callbacks.ids))
        self.assertIn("search=zhang", self.get_page("/my/callbacks?search=zhang"))
        self.assertEqual(len(self.get_links(self.get_page("/my/callbacks/page/99"))), 3)

    def test_neighbours_follow_the_list(self):
        """H1: from one callback to the next in the order of the list."""
        first = self.make_dealer_callback()
        second = self.make_dealer_callback(window_end=self.now + timedelta(days=4))
        self.login()
        self.get_page("/my/callbacks")
        for callback, neighbour in ((first, second), (second, first)):
            links = self.get_links(self.get_page(f"/my/callbacks/{callback.id}"))
            self.assertEqual(links, neighbour.ids)

    def measure_queries(self, url):
        self.get_page(url)  # warm
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.get_page(url)
        return self.cr.sql_log_count - before

    def test_list_costs_the_same_for_many_rows(self):
        """Queries do not grow with the number of rows."""
        self.login()

        def make(number):
            for index in range(number):
                self.make_dealer_callback(
                    partner_id=self.make_customer(f"Customer {index}").id,
                    policy=self.make_policy("manual", level="dealer"),
                )

        make(2)
        few = self.measure_queries("/my/callbacks")
        make(16)
        self.assertLessEqual(self.measure_queries("/my/callbacks") - few, 3)

    def test_phone_is_masked_in_the_list(self):
        """K2: no page gives the number away before somebody asks for it."""
        callback = self.make_dealer_callback()
        self.login()
        for url in ("/my/callbacks", f"/my/callbacks/{callback.id}"):
            text = self.get_page(url)
            self.assertIn(MASKED, text)
            self.assertNotIn(PHONE, text)

    def test_deadline_in_words(self):
        """H3: the colour is said in words, too, on the reader's calendar."""
        Callback = self.callbacks.with_context(tz="Asia/Shanghai")
        now = Datetime.to_datetime("2026-03-10 01:00:00")
        for days, label in (
            (-2, "Late by 2 days"),
            (-1, "Late by 1 day"),
            (0, "Due today"),
            (1, "Due tomorrow"),
            (2, "Due in 2 days"),
        ):
            # midnight in Shanghai at which the day in question is over
            end = Datetime.to_datetime("2026-03-10 16:00:00") + timedelta(days=days)
            callback = self.make_dealer_callback(
                window_start=end - timedelta(days=3), window_end=end
            )
            with self.at(now):
                callback = Callback.browse(callback.id)
                self.assertEqual(callback._portal_due_label(), label)
        with self.at(now):
            callback.window_end = now
            self.assertEqual(callback._portal_due_label(), "Late since today")
            self.assertEqual(callback._portal_badge(), "text-bg-danger")


@tagged("post_install", "-at_install")
class TestPortalRefusals(PortalCase):
    """Whoever has no business with a callback learns nothing of it (H1, L1, K2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.make_dealer_callback()
        cls.hq = cls.make_dealer_callback(level="hq", user_id=cls.agent.id)
        cls.other = cls.make_dealer_callback(dealer_id=cls.dealer_b.id)

    def assertSentHome(self, callback_id):
        response = self.url_open(f"/my/callbacks/{callback_id}")
        self.assertTrue(response.url.endswith("/my"), response.url)
        self.assertNotIn("S00042", response.text)

    def test_pages_of_others_are_refused(self):
        """H1, L1: another dealer's, headquarters' and missing ids look the same."""
        self.login()
        for callback_id in (self.hq.id, self.other.id, 2**31 - 2, 2**40):
            self.assertSentHome(callback_id)

    def test_steps_on_others_are_refused(self):
        """H1, L1: knowing the id and having a token is not enough."""
        self.login()
        for callback in self.hq + self.other:
            for step in ("attempt", "finish"):
                response = self.post(
                    callback, step, outcome="reached", result="reached"
                )
                self.assertTrue(response.url.endswith("/my"), response.url)
            url = f"/my/callbacks/{callback.id}"
            phone = self.make_jsonrpc_request(f"{url}/phone")
            self.assertEqual(list(phone), ["error"])
            signed = self.make_jsonrpc_request(f"{url}/sign", {"signature": PIXEL})
            self.assertEqual(list(signed), ["error"])
            self.assertFalse(callback.attempt_ids or callback.signature)
            self.assertNotEqual(callback.state, "done")

    def test_visitors_must_sign_in(self):
        """H1: nothing without a session; the customer's key opens nothing either."""
        token = self.own._sign_time()
        for url in (
            "/my/callbacks",
            f"/my/callbacks/{self.own.id}?access_token={token}",
        ):
            response = self.url_open(url)
            self.assertIn("/web/login", response.url)
            self.assertNotIn("S00042", response.text)
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(f"/my/callbacks/{self.own.id}/phone")

    def test_portal_customer_is_sent_home(self):
        """H1: the portal group alone does not make a dealer."""
        self.login("revisit_customer")
        self.assertSentHome(self.own.id)
        self.assertTrue(self.url_open("/my/callbacks").url.endswith("/my"))

    def test_internal_user_has_no_portal_list(self):
        """L1: a colleague's wider rights do not widen the portal."""
        self.login("revisit_manager")
        self.assertSentHome(self.hq.id)

    def test_find_is_narrower_than_the_rules(self):
        """L1: who may read more through other groups still finds nothing here."""
        find = self.callbacks.with_user(self.portal_a)._portal_find
        self.assertEqual(find(self.own.id), self.own)
        self.assertFalse(find(self.hq.id) or find(self.other.id))
        as_manager = self.callbacks.with_user(self.manager)
        self.assertTrue(as_manager.browse(self.own.id).has_access("read"))
        self.assertFalse(as_manager._portal_find(self.own.id))

    def test_forged_form_is_refused(self):
        """A POST without the token of the session does nothing."""
        self.login()
        with mute_logger("odoo.http"):
            response = self.url_open(
                f"/my/callbacks/{self.own.id}",
                data={"step": "attempt", "outcome": "reached"},
            )
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.own.attempt_ids)

    def call(self, model, method, args, **kwargs):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def test_rpc_reads_own_only(self):
        """L1, K1: Odoo's own routes leak no more than the pages."""
        self.login()
        found = self.call("revisit.callback", "search", [[]])
        self.assertEqual(found, self.own.ids)
        self.assertEqual(self.call("revisit.callback", "search_count", [[]]), 1)
        for callback in self.hq + self.other:
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.call("revisit.callback", "read", [callback.ids, ["state"]])

    def test_rpc_names_no_hidden_callback(self):
        """L1: a link to headquarters' callback would be read with its name."""
        self.own.previous_id = self.hq
        self.login()
        names = self.call("revisit.callback", "fields_get", [], attributes=["type"])
        self.assertIn("source_name", names)
        self.assertNotIn("previous_id", names)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call("revisit.callback", "read", [self.own.ids, ["previous_id"]])

    def test_rpc_writes_nothing(self):
        """H1, K1: every write goes through the pages."""
        ids = self.own.ids
        values = {"callback_id": self.own.id, "outcome": "reached"}
        self.login()
        for model, method, args in (
            ("revisit.callback", "write", [ids, {"feedback": "x"}]),
            ("revisit.callback", "write", [ids, {"state": "done"}]),
            ("revisit.callback", "unlink", [ids]),
            ("revisit.callback", "action_log_attempt", [ids, "reached"]),
            ("revisit.callback", "action_done", [ids, "refused"]),
            ("revisit.callback", "action_take", [ids]),
            ("revisit.callback", "action_cancel", [ids]),
            ("revisit.callback", "action_review", [ids]),
            ("revisit.callback", "action_reopen", [ids]),
            ("revisit.callback", "action_unlock", [ids, "why not"]),
            ("revisit.callback", "_portal_log_attempt", [ids, "reached"]),
            ("revisit.callback", "_portal_reveal_phone", [ids]),
            ("revisit.attempt", "create", [[values]]),
            ("res.partner", "read", [self.customer.ids, ["phone"]]),
        ):
            with (
                self.subTest(method=method, args=args),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.call(model, method, args)
        self.env.invalidate_all()
        self.assertFalse(self.own.attempt_ids)
        self.assertFalse(self.own.feedback)
        self.assertEqual(self.own.state, "planned")

    def test_steps_check_access_by_themselves(self):
        """K1: the model does not rely on the controller having looked."""
        for callback in self.hq + self.other:
            callback = callback.with_user(self.portal_a)
            for step in (
                lambda c: c._portal_log_attempt("reached"),
                lambda c: c.sudo()._portal_log_attempt("reached"),
                lambda c: c._portal_finish("reached"),
                lambda c: c._portal_reveal_phone(),
                lambda c: c._portal_sign("x", PIXEL),
                lambda c: c._portal_attach("x.png", base64.b64decode(PIXEL)),
            ):
                with self.assertRaises(AccessError):
                    step(callback)


@tagged("post_install", "-at_install")
class TestPortalSteps(PortalCase):
    """Attempts, outcome, signature, files and the phone number (H1, C3, C4, K2)."""

    def setUp(self):
        super().setUp()
        self.callback = self.make_dealer_callback()
        self.login()

    def test_attempt_is_recorded_as_the_portal_user(self):
        """H1, C3: outcome, duration, note and the user who tried."""
        response = self.post(
            self.callback, "attempt", outcome="no_answer", minutes="1.5", note="Rang"
        )
        self.assertIn("The attempt is logged.", response.text)
        attempt = self.callback.attempt_ids
        self.assertEqual(len(attempt), 1)
        self.assertEqual(attempt.user_id, self.portal_a)
        self.assertEqual(attempt.outcome, "no_answer")
        self.assertEqual(attempt.duration, 90)
        self.assertEqual(attempt.note, "Rang")
        self.assertEqual(self.callback.state, "in_progress")
        self.assertEqual(self.callback.user_id, self.portal_a)
        self.assertIn("Rang", response.text)

    def test_rescheduled_takes_the_readers_clock(self):
        """C3: 10:30 typed in Shanghai is 02:30 UTC."""
        day = (self.now + timedelta(days=200)).date()
        self.post(
            self.callback, "attempt", outcome="rescheduled", next_at=f"{day}T10:30"
        )
        at = Datetime.to_datetime(f"{day} 02:30:00")
        self.assertEqual(self.callback.attempt_ids.next_at, at)
        self.assertEqual(self.callback.next_attempt_at, at)

    def test_attempt_is_refused_with_a_message(self):
        """C3: what is wrong is said, and what was typed stays."""
        tomorrow = (self.now + timedelta(days=2)).date()
        far = tomorrow + timedelta(days=400)
        for values, message in (
            ({}, "Choose how the attempt went"),
            ({"outcome": "nonsense"}, "nonsense is none of the choices"),
            ({"outcome": "nonsense"}, "Reached, No Answer, "),
            (
                {"outcome": "rescheduled", "next_at": f"{far}T10:00"},
                "more than a year ahead",
            ),
            (
                {"outcome": "busy", "next_at": f"{tomorrow}T03:00"},
                "from 09:00 to 20:00 (Asia/Shanghai)",
            ),
            ({"outcome": "rescheduled"}, "Give the date and time"),
            ({"outcome": "rescheduled", "next_at": "soon"}, "is no date and time"),
            (
                {"outcome": "rescheduled", "next_at": "2020-01-01T10:00"},
                "is over already",
            ),
            ({"outcome": "busy", "minutes": "long"}, "is no number"),
            (
                {"outcome": "busy", "minutes": "-1"},
                "from 0 to 1440, or leave it empty.",
            ),
            ({"outcome": "busy", "minutes": "99999999999"}, "from 0 to 1440"),
        ):
            response = self.post(
                self.callback, "attempt", note="Kept", feedback="Kept, too", **values
            )
            self.assertIn(message, self.get_error(response.text))
            self.assertValue(response.text, "note", "Kept")
            self.assertValue(response.text, "feedback", "Kept, too")
            for name in ("minutes", "next_at"):
                if name in values:
                    self.assertValue(response.text, name, values[name])
        self.assertFalse(self.callback.attempt_ids)

    def test_every_recommendation_can_be_chosen(self):
        """H1: 0 is an answer, and the page sends it as one."""
        page = html.fromstring(self.get_page(f"/my/callbacks/{self.callback.id}"))
        values = page.xpath("//input[@name='nps']/@value")
        self.assertEqual(
            [value for value in values if value], [str(n) for n in range(11)]
        )

    def test_outcome_is_recorded_as_the_portal_user(self):
        """H1: measures, NPS and feedback; on time; empty is not asked, not zero."""
        self.post(self.callback, "attempt", outcome="reached", minutes="3")
        response = self.post(
            self.callback,
            "finish",
            result="reached",
            satisfaction="95",
            quality="0",
            attitude="",
            nps="0",
            feedback="Quiet and cold",
        )
        self.assertIn("The callback is finished.", response.text)
        callback = self.callback
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.result, "reached")
        self.assertEqual(callback.made_by_id, self.portal_a)
        self.assertEqual(callback.feedback, "Quiet and cold")
        self.assertTrue(callback.is_on_time)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT satisfaction, quality, attitude, efficiency, nps"
            " FROM revisit_callback WHERE id = %s",
            [callback.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (95, 0, None, None, 0))

    def test_page_warns_at_night(self):
        """H1, K7: outside the customer's hours, on the customer's clock."""
        url = f"/my/callbacks/{self.callback.id}"
        local = self.now.replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))
        past = local.hour - 1 if local.hour else 23
        warning = "This customer may be called from"
        self.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})
        self.customer.write({"callback_hour_from": 0, "callback_hour_to": 24})
        self.assertNotIn(warning, self.get_page(url))
        self.customer.write({"callback_hour_from": past, "callback_hour_to": past + 1})
        text = self.get_page(url)
        self.assertIn(f"{warning} {past:02d}:00 - {past + 1:02d}:00 only.", text)
        self.callback.channel = "letter"
        self.assertNotIn(warning, self.get_page(url))

    def test_late_callback_is_not_on_time(self):
        callback = self.make_dealer_callback(window_end=self.now - timedelta(hours=1))
        self.post(callback, "attempt", outcome="reached")
        self.post(callback, "finish", result="reached", satisfaction="50")
        self.assertEqual(callback.state, "done")
        self.assertFalse(callback.is_on_time)

    def test_done_callback_shows_its_result_read_only(self):
        """H1: no form any more, and a second answer is refused."""
        self.post(self.callback, "attempt", outcome="reached")
        text = self.post(
            self.callback, "finish", result="reached", quality="0", feedback="Fine"
        ).text
        self.assertNotIn("o_revisit_form", text)
        self.assertNotIn("o_revisit_reveal", text)
        result = html.fromstring(text).xpath(
            "//dl[contains(@class, 'o_revisit_result')]"
        )
        words = " ".join(result[0].text_content().split())
        self.assertIn("Product Quality 0", words)
        self.assertIn("Satisfaction Not asked", words)
        self.assertIn("Fine", words)
        response = self.post(
            self.callback, "finish", result="reached", quality="9", feedback="Again"
        )
        self.assertIn("is done already", self.get_error(response.text))
        self.assertIn("Again", self.get_error(response.text))
        self.assertEqual(self.callback.quality, 0)

    def test_measure_out_of_range_keeps_what_was_typed(self):
        """H1: 101 is refused by name, and nothing typed is lost."""
        self.post(self.callback, "attempt", outcome="reached")
        typed = {
            "satisfaction": "101",
            "quality": "88.5",
            "attitude": "",
            "nps": "7",
            "feedback": "It is <b>loud</b>",
            "minutes": "4",
            "note": "Half done",
        }
        response = self.post(self.callback, "finish", result="reached", **typed)
        message = self.get_error(response.text)
        self.assertIn("is 101", message)
        self.assertIn("from 0 to 100", message)
        for name, value in typed.items():
            self.assertValue(response.text, name, value)
        self.assertEqual(self.callback.state, "in_progress")
        self.assertIs(self.callback.quality, False)

    def test_nonsense_in_numbers_is_refused(self):
        self.post(self.callback, "attempt", outcome="reached")
        for values, message in (
            ({"quality": "good"}, "good is no number"),
            ({"quality": "nan"}, "is no number"),
            ({"quality": "1e999"}, "is no number"),
            ({"quality": "-1"}, "from 0 to 100"),
            ({"nps": "11"}, "from 0 to 10"),
            ({"nps": "6.5"}, "whole number"),
            ({"result": ""}, "Choose how the callback ended"),
            ({"result": "nonsense"}, "Choose how the callback ended"),
        ):
            response = self.post(
                self.callback, "finish", **{"result": "reached", **values}
            )
            self.assertIn(message, self.get_error(response.text))
        self.assertEqual(self.callback.state, "in_progress")

    def test_comma_is_a_decimal_sign(self):
        self.post(self.callback, "attempt", outcome="reached")
        self.post(self.callback, "finish", result="reached", quality="88,5")
        self.assertEqual(self.callback.quality, 88.5)

    def test_phone_callback_needs_its_attempt(self):
        """C4: the evidence rule of the channel holds in the portal, too."""
        response = self.post(
            self.callback, "finish", result="reached", satisfaction="70"
        )
        self.assertIn("Log the attempt", self.get_error(response.text))
        self.assertValue(response.text, "satisfaction", "70")

    def test_answers_typed_before_the_attempt_are_kept(self):
        """H1: logging an attempt does not wipe the other half of the page."""
        response = self.post(
            self.callback,
            "attempt",
            outcome="reached",
            note="Short",
            satisfaction="70",
            nps="9",
            feedback="Good",
        )
        for name, value in (("satisfaction", "70"), ("nps", "9"), ("feedback", "Good")):
            self.assertValue(response.text, name, value)
        self.assertValue(response.text, "note", None)
        self.assertValue(response.text, "result", "reached")
        self.assertEqual(self.callback.feedback, False)

    def test_answers_of_a_customer_who_was_not_reached(self):
        """H1: contradictory input is refused, not dropped."""
        self.post(self.callback, "attempt", outcome="no_answer")
        response = self.post(
            self.callback, "finish", result="not_reached", satisfaction="70"
        )
        self.assertIn("gives no answers", self.get_error(response.text))
        self.assertValue(response.text, "satisfaction", "70")
        self.post(self.callback, "finish", result="not_reached", feedback="Never home")
        self.assertEqual(self.callback.result, "not_reached")
        self.assertEqual(self.callback.feedback, "Never home")

    def test_error_is_in_the_visitors_language(self):
        """H3: the message of the model comes translated."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.portal_a.lang = "zh_CN"
        view = self.env.ref("revisit_management.portal_callback_faults")
        view.update_field_translations("arch_db", {"zh_CN": {"Show it": "查看一下"}})
        self.login()
        self.post(self.callback, "attempt", outcome="reached")
        response = self.post(
            self.callback, "finish", result="reached", satisfaction="101"
        )
        self.assertIn("查看一下", self.get_error(response.text))

    def test_confirming_callback_settles_the_issue(self):
        """H1, D3: the customer's verdict is asked when the source is an issue."""
        issue = self.make_issue()
        issue.action_acknowledge()
        issue.action_resolve("Replaced the fan")
        self.assertNotIn(
            "customer_confirmed", self.get_page(f"/my/callbacks/{self.callback.id}")
        )
        callback = self.make_dealer_callback(
            source_model="revisit.issue", source_id=issue.id, occasion="confirm"
        )
        self.assertIn(
            "customer_confirmed", self.get_page(f"/my/callbacks/{callback.id}")
        )
        self.post(callback, "attempt", outcome="reached")
        self.post(callback, "finish", result="reached", customer_confirmed="yes")
        self.assertEqual(callback.customer_confirmed, "yes")
        self.assertEqual(issue.state, "confirmed")

    def test_each_issue_has_its_own_verdict(self):
        """D3, L2: two complaints in one contact are confirmed one by one."""
        issues = self.make_issue() | self.make_issue()
        issues.action_acknowledge()
        issues.action_resolve("Replaced the fan")
        callbacks = self.env["revisit.callback"]
        for issue in issues:
            callbacks += self.make_dealer_callback(
                source_model="revisit.issue",
                source_id=issue.id,
                source_name=issue.name,
                occasion="confirm",
                contact_id=callbacks[:1].id,
            )
        first, second = callbacks
        name = f"customer_confirmed_{second.id}"
        self.assertIn(name, self.get_page(f"/my/callbacks/{first.id}"))
        self.post(first, "attempt", outcome="reached")
        for verdicts, missing in (
            ({"customer_confirmed": "yes"}, name),
            ({name: "no"}, "customer_confirmed"),
        ):
            text = self.post(first, "finish", result="reached", **verdicts).text
            self.assertEqual(list(self.get_faults(text)), [missing])
            self.assertIn("whether it is solved", self.get_error(text))
            for field, verdict in verdicts.items():
                self.assertValue(text, field, verdict)
        text = self.post(first, "finish", result="not_reached", **{name: "no"}).text
        self.assertIn("gives no answers", self.get_error(text))
        verdicts = {"customer_confirmed": "yes", name: "no"}
        self.post(first, "finish", result="reached", satisfaction="60", **verdicts)
        self.assertEqual(callbacks.mapped("state"), ["done", "done"])
        self.assertEqual(callbacks.mapped("customer_confirmed"), ["yes", "no"])
        self.assertEqual(callbacks.mapped("satisfaction"), [60, 60])
        self.assertEqual(issues.mapped("state"), ["confirmed", "investigating"])

    def test_the_same_attempt_sent_twice_is_one(self):
        """C3: a repeated POST logs nothing; other words are another attempt."""
        for _twice in range(2):
            answer = self.post(
                self.callback, "attempt", outcome="busy", minutes="1", note="Rang"
            )
            self.assertIn("The attempt is logged.", answer.text)
        self.assertEqual(len(self.callback.attempt_ids), 1)
        self.post(self.callback, "attempt", outcome="busy", minutes="1", note="Again")
        self.assertEqual(len(self.callback.attempt_ids), 2)
        self.callback.attempt_ids.sudo().at = self.now - timedelta(hours=1)
        self.post(self.callback, "attempt", outcome="busy", minutes="1", note="Again")
        self.assertEqual(len(self.callback.attempt_ids), 3)

    def test_an_attempt_whose_answer_was_lost_is_sent_again(self):
        """C5, C3: hours later the server knows what the page did not show yet."""
        values = {"outcome": "no_answer", "note": "Rang"}
        self.post(self.callback, "attempt", seen="0", **values)
        attempt = self.callback.attempt_ids
        attempt.sudo().at = self.now - timedelta(hours=5)
        self.post(self.callback, "attempt", seen="0", **values)
        self.assertEqual(self.callback.attempt_ids, attempt)
        # in the meantime the time to call again is over, too
        attempt.sudo().next_at = self.now.replace(second=0) - timedelta(hours=1)
        zone = self.callback.company_id._revisit_tz()
        next_at = attempt.next_at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        again = {**values, "next_at": next_at.strftime("%Y-%m-%dT%H:%M")}
        response = self.post(self.callback, "attempt", seen="0", **again)
        self.assertFalse(self.get_error(response.text))
        self.assertEqual(self.callback.attempt_ids, attempt)
        page = html.fromstring(self.get_page(f"/my/callbacks/{self.callback.id}"))
        seen = page.xpath("//*[@data-seen]/@data-seen")
        self.assertEqual(seen, [str(attempt.id)])
        self.post(self.callback, "attempt", seen=seen[0], **values)
        self.assertEqual(len(self.callback.attempt_ids), 2)
        self.callback.attempt_ids.sudo().at = self.now - timedelta(hours=4)
        for number, wrong in enumerate(("", "x", "-1", "9" * 5000), start=3):
            self.post(self.callback, "attempt", seen=wrong, **values)
            self.assertEqual(len(self.callback.attempt_ids), number)
            self.callback.attempt_ids.sudo().at = self.now - timedelta(hours=3)

    def test_address_and_products_are_shown(self):
        """H1: an address has no gaps, and an order its products."""
        self.customer.write(
            {"street": False, "street2": " ", "city": "Suzhou", "zip": False}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        policy = self.make_policy("manual", level="dealer", channel="visit")
        visit = self.make_dealer_callback(
            policy=policy,
            product_id=False,
            source_model="sale.order",
            source_id=order.id,
        )
        page = self.get_page(f"/my/callbacks/{visit.id}")
        address = visit._portal_address()
        self.assertIn("Suzhou", address)
        self.assertNotIn(", ,", address)
        self.assertIn(address, page)
        self.assertIn(self.product.display_name, page)

    def test_dealer_chooses_another_way(self):
        """B2: where the rules say "phone or visit", the page offers the other one."""
        page = self.get_page(f"/my/callbacks/{self.callback.id}")
        self.assertNotIn("Instead:", page)
        self.policy.channel_ids = [
            Command.create({"channel": "visit", "is_choice": True})
        ]
        callback = self.make_dealer_callback()
        page = self.get_page(f"/my/callbacks/{callback.id}")
        self.assertIn("Instead:", page)
        self.assertIn('value="visit"', page)
        refused = self.post(callback, "channel", channel="letter")
        self.assertIn("is made by Phone, On-Site Visit", refused.text)
        typed = {"note": "Rang", "satisfaction": "70", "feedback": "Kept"}
        text = self.post(callback, "", channel="visit", outcome="busy", **typed).text
        self.assertEqual(callback.channel, "visit")
        self.assertFalse(callback.attempt_ids)
        for name, value in {**typed, "outcome": "busy"}.items():
            self.assertValue(text, name, value)

    def test_merged_contact_is_made_once(self):
        """L2: the page of a follower leads to the contact, whose result both get."""
        policy = self.make_policy("manual", level="dealer", name="Yearly check")
        follower = self.make_dealer_callback(policy=policy, contact_id=self.callback.id)
        response = self.url_open(f"/my/callbacks/{follower.id}")
        self.assertTrue(response.url.endswith(f"/my/callbacks/{self.callback.id}"))
        self.assertIn("Yearly check", response.text)
        self.post(self.callback, "attempt", outcome="reached")
        self.post(self.callback, "finish", result="reached", satisfaction="60")
        self.assertEqual(follower.state, "done")
        self.assertEqual(follower.satisfaction, 60)

    # ------------------------------------------------------------
    # PHONE NUMBER
    # ------------------------------------------------------------

    def reveal(self, callback):
        return self.make_jsonrpc_request(f"/my/callbacks/{callback.id}/phone")

    def test_phone_is_revealed_and_logged(self):
        """K2: the number comes on request, and the note names the reader only."""
        self.assertEqual(self.reveal(self.callback), {"phone": PHONE})
        note = self.callback.message_ids.filtered(
            lambda m: "looked up the phone number" in m.body
        )
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.portal_a.partner_id)
        self.assertTrue(note.subtype_id.internal)
        self.assertIn(self.portal_a.name, note.body)
        self.assertFalse([m for m in self.callback.message_ids if PHONE in m.body])

    def test_phone_stays_hidden_without_a_task(self):
        """K2: once the callback is finished, the number is not given any more."""
        self.post(self.callback, "attempt", outcome="reached")
        self.post(self.callback, "finish", result="reached", satisfaction="60")
        answer = self.reveal(self.callback)
        self.assertEqual(list(answer), ["error"])
        self.assertNotIn(PHONE, str(answer))
        self.assertFalse(
            [m for m in self.callback.message_ids if "looked up" in m.body]
        )

    def test_phone_of_who_refuses_contact_stays_hidden(self):
        """C10, K2: a refusal is respected here, too."""
        self.customer.write(
            {"do_not_contact": True, "do_not_contact_reason": "Asked us to stop"}
        )
        self.assertIn("not to be contacted", self.reveal(self.callback)["error"])
        text = self.get_page(f"/my/callbacks/{self.callback.id}")
        self.assertIn("asked not to be contacted", text)
        self.assertNotIn("Asked us to stop", text)

    def test_unknown_phone_is_said(self):
        self.customer.phone = False
        self.assertIn("No phone number", self.reveal(self.callback)["error"])

    def test_masks(self):
        """K2: however a number is written, its middle is hidden."""
        for phone, masked in (
            (PHONE, MASKED),
            ("138-1234-5678", MASKED),
            ("+86 138 1234 5678", "86138****5678"),
            ("010-12345678", "010****5678"),
            ("65551234", "65****34"),
            ("12345", "*****"),
            (False, ""),
        ):
            self.customer.phone = phone
            self.assertEqual(
                self.callback._mask_phone(self.callback._get_phone()), masked
            )

    # ------------------------------------------------------------
    # SIGNATURE AND FILES
    # ------------------------------------------------------------

    def sign(self, callback, signature=SIGNATURE):
        return self.make_jsonrpc_request(
            f"/my/callbacks/{callback.id}/sign",
            {"name": "Zhang Wei", "signature": signature},
        )

    def make_visit(self, rule):
        policy = self.make_policy(
            "manual", level="dealer", channel="visit", signature_rule=rule
        )
        return self.make_dealer_callback(policy=policy)

    def test_visit_needs_the_signature(self):
        """C4: without it the visit cannot be finished; with it, it can."""
        visit = self.make_visit("required")
        response = self.post(visit, "finish", result="reached", satisfaction="80")
        self.assertIn("signature", self.get_error(response.text))
        self.assertIn("message", self.sign(visit))
        self.assertTrue(visit.signature)
        self.post(visit, "finish", result="reached", satisfaction="80")
        self.assertEqual(visit.state, "done")
        self.assertEqual(visit.made_by_id, self.portal_a)
        self.assertEqual(list(self.sign(visit)), ["error"])

    def test_refused_signature_needs_its_reason(self):
        """C4: the recorded refusal counts where the policy allows it."""
        visit = self.make_visit("refusal")
        response = self.post(visit, "finish", result="reached", signature_refused="1")
        self.assertIn("refusal with its reason", self.get_error(response.text))
        self.assertValue(response.text, "signature_refused", "1")
        self.post(
            visit,
            "finish",
            result="reached",
            signature_refused="1",
            feedback="Signs nothing on principle",
        )
        self.assertEqual(visit.state, "done")
        self.assertTrue(visit.signature_refused)

    def test_only_pictures_are_signatures(self):
        """C4: nothing else is stored, and nothing breaks."""
        visit = self.make_visit("required")
        svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode()
        for signature in (
            *(None, "", "no base64!", svg, "AAAA", PIXEL, 7, [SIGNATURE], {"a": 1}),
            draw_signature(()),  # an empty pad
            draw_signature(((50, 50), (52, 50))),  # a dot
        ):
            with self.subTest(signature=signature):
                self.assertIn("error", self.sign(visit, signature))
        self.assertFalse(visit.signature)
        for user in (self.manager, self.env.user):
            with self.assertRaises(ValidationError):
                visit.with_user(user).write({"signature": PIXEL})

    def test_name_of_the_signer_is_a_name(self):
        """K3: whatever stands in its place is refused, and nothing is stored."""
        visit = self.make_visit("required")
        for name in ("x" * 1000, ["x"], {"a": 1}, 7):
            answer = self.make_jsonrpc_request(
                f"/my/callbacks/{visit.id}/sign", {"name": name, "signature": SIGNATURE}
            )
            self.assertEqual(list(answer), ["error"])
        self.assertFalse(visit.signature)

    def test_refused_posts_keep_files_up_to_a_quota(self):
        """K3: files are kept while a step is refused, but not without end."""
        policy = self.make_policy("manual", level="dealer", channel="letter")
        letter = self.make_dealer_callback(policy=policy)
        pixel = base64.b64decode(PIXEL)
        files = [("files", (f"{n}.png", pixel + bytes([n]))) for n in range(30)]
        response = self.url_open(
            f"/my/callbacks/{letter.id}",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "step": "finish",
                "result": "reached",
                "quality": "101",
            },
            files=files,
        )
        self.assertIn("it keeps at most 20", self.get_error(response.text))
        self.assertEqual(len(letter._portal_attachments()), 20)

    def post_file(self, callback, name, content, **values):
        return self.url_open(
            f"/my/callbacks/{callback.id}",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "step": "finish",
                "result": "reached",
                **values,
            },
            files={"files": (name, content)},
        )

    def test_refused_file_takes_no_other_with_it(self):
        """K3, C4: a browser does not send the others again by itself."""
        policy = self.make_policy("manual", level="dealer", channel="letter")
        letter = self.make_dealer_callback(policy=policy)
        pixel = base64.b64decode(PIXEL)
        response = self.url_open(
            f"/my/callbacks/{letter.id}",
            data={"csrf_token": http.Request.csrf_token(self), "step": "finish"},
            files=[
                ("files", ("page.html", b"<html></html>")),
                ("files", ("copy.png", pixel)),
            ],
        )
        self.assertIn("page.html cannot be attached", self.get_error(response.text))
        self.assertEqual(letter._portal_attachments().mapped("name"), ["copy.png"])

    def test_files_are_for_letters_and_visits(self):
        """C4: a page that neither offers nor shows files takes none."""
        response = self.post_file(self.callback, "x.png", base64.b64decode(PIXEL))
        self.assertIn("keeps no files", self.get_error(response.text))
        self.assertFalse(self.callback._portal_attachments())
        policy = self.make_policy("manual", level="dealer", channel="letter")
        letter = self.make_dealer_callback(policy=policy)
        response = self.post_file(letter, "x.png", b"")
        self.assertIn("x.png is empty", self.get_error(response.text))

    def test_letter_needs_its_copy(self):
        """C4: the copy is sent with the form and kept as evidence."""
        policy = self.make_policy("manual", level="dealer", channel="letter")
        letter = self.make_dealer_callback(policy=policy)
        response = self.post(letter, "finish", result="reached")
        self.assertIn("Attach the copy", self.get_error(response.text))
        response = self.post_file(letter, "x.html", b"<html><script/></html>")
        self.assertIn("x.html cannot be attached", self.get_error(response.text))
        # the file is kept although the measure is wrong, and is kept once
        pixel = base64.b64decode(PIXEL)
        for quality in ("101", "102"):
            response = self.post_file(letter, "copy.png", pixel, quality=quality)
            self.assertIn("from 0 to 100", self.get_error(response.text))
        attachments = letter._portal_attachments()
        self.assertEqual(attachments.mapped("name"), ["copy.png"])
        self.assertEqual(attachments.create_uid, self.portal_a)
        link = f"/my/callbacks/{letter.id}/files/{attachments.id}"
        self.assertIn(link, response.text)
        self.assertEqual(self.url_open(link).content, pixel)
        # files that headquarters keeps there, or keeps elsewhere, are not served
        for owner in (letter, self.customer):
            foreign = self.env["ir.attachment"].create(
                {
                    "name": "x",
                    "raw": b"x",
                    "res_model": owner._name,
                    "res_id": owner.id,
                }
            )
            link = f"/my/callbacks/{letter.id}/files/{foreign.id}"
            self.assertEqual(self.url_open(link).status_code, 404)
        # the second time, because the answer to the first was lost
        for _twice in range(2):
            response = self.post_file(letter, "copy.png", pixel)
            self.assertIn("message=done", response.url)
            self.assertEqual(letter.state, "done")
        self.assertEqual(letter._portal_attachments(), attachments)
        response = self.post_file(letter, "other.png", pixel)
        self.assertIn("nothing more can be recorded", self.get_error(response.text))


@tagged("post_install", "-at_install")
class TestPortalArchive(PortalCase):
    """The products that the dealer's customers own (SPEC H1, A2)."""

    url = "/my/installed-products"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_archive_line(
            dealer_id=cls.dealer_a.id,
            serial_number="SN-OWN-1",
            sold_on="2026-01-05",
            warranty_until="2060-01-05",
        )
        cls.make_archive_line(
            partner=cls.make_customer("Li Na"),
            dealer_id=cls.dealer_a.id,
            product_id=cls.service.id,
            serial_number="SN-OWN-2",
            sold_on="2026-02-05",
            installed_on="2026-02-06",
        )
        cls.make_archive_line(dealer_id=cls.dealer_b.id, serial_number="SN-OTHER")
        cls.make_archive_line(serial_number="SN-NOBODY")

    def get_serials(self, url):
        return re.findall(r"SN-[A-Z]+-?\d?", self.get_page(url))

    def test_own_customers_products_only(self):
        """H1: neither other dealers' nor the company's own customers."""
        self.login()
        self.assertEqual(self.get_serials(self.url), ["SN-OWN-2", "SN-OWN-1"])
        self.assertNotIn(PHONE, self.get_page(self.url))
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["revisit_archive_count"]}
        )
        self.assertEqual(counts, {"revisit_archive_count": 2})

    def test_strangers_are_sent_home(self):
        """H1: a portal customer and a colleague have no such list."""
        for login in ("revisit_customer", "revisit_manager"):
            self.login(login)
            self.assertTrue(self.url_open(self.url).url.endswith("/my"))
        self.login("revisit_customer")
        self.assertNotIn(self.url, self.get_page("/my"))

    def test_sort_and_search(self):
        self.login()
        for query, serials in (
            ("sortby=warranty", ["SN-OWN-1", "SN-OWN-2"]),
            ("sortby=nonsense", ["SN-OWN-2", "SN-OWN-1"]),
            ("search=zhang", ["SN-OWN-1"]),
            ("search_in=customer&search=li na", ["SN-OWN-2"]),
            ("search_in=product&search=fridge", ["SN-OWN-1"]),
            ("search_in=product&search=zhang", []),
            ("search_in=serial&search=own-2", ["SN-OWN-2"]),
            ("search=sn-other", []),
            ("search=%25", []),
            ("search=_", []),
        ):
            found = self.get_serials(f"{self.url}?{query}")
            self.assertEqual(found, serials, query)


@tagged("post_install", "-at_install")
class TestPortalQuestions(PortalCase):
    """C6, H1: a dealer asks the questions of the policy, by taps."""

    def setUp(self):
        super().setUp()
        survey = self.env["survey.survey"].create(
            {"title": "After delivery", "survey_type": "revisit"}
        )
        quality = self.env.ref("revisit_management.measure_quality")
        self.scale, self.choice, self.words = self.env["survey.question"].create(
            [
                {
                    "survey_id": survey.id,
                    "title": "The goods?",
                    "question_type": "scale",
                    "scale_max": 5,
                    "measure_id": quality.id,
                    "subject_kind": "product",
                },
                {
                    "survey_id": survey.id,
                    "title": "All there?",
                    "question_type": "simple_choice",
                    "suggested_answer_ids": [
                        Command.create({"value": "Yes"}),
                        Command.create({"value": "No"}),
                    ],
                },
                {
                    "survey_id": survey.id,
                    "title": "What else?",
                    "question_type": "text_box",
                },
            ]
        )
        self.policy.survey_id = survey
        self.callback = self.make_dealer_callback()
        self.login()

    def name(self, question):
        return f"question_{self.callback.id}_{question.id}"

    def test_page_asks_the_questions_instead_of_the_figures(self):
        text = self.get_page(f"/my/callbacks/{self.callback.id}")
        page = html.fromstring(text)
        options = page.xpath(f"//input[@name='{self.name(self.scale)}']/@value")
        self.assertEqual(options, ["", "0", "1", "2", "3", "4", "5"])
        self.assertIn(self.product.name, text)
        self.assertFalse(page.xpath("//*[@name='quality']"))

    def test_answers_are_kept_and_shown(self):
        no = self.choice.suggested_answer_ids[1]
        self.post(
            self.callback,
            "finish",
            outcome="reached",
            result="reached",
            **{
                self.name(self.scale): "0",
                self.name(self.choice): str(no.id),
                self.name(self.words): "Nothing <b>else</b>",
            },
        )
        self.assertEqual(self.callback.state, "done")
        answers = {a.question_id: a for a in self.callback.answer_ids}
        self.assertEqual(answers[self.scale].value, 0)
        self.assertEqual(answers[self.scale].product_id, self.product)
        self.assertEqual(answers[self.choice].choice_id, no)
        self.assertEqual(self.callback.quality, 0)
        text = self.get_page(f"/my/callbacks/{self.callback.id}")
        self.assertIn("Nothing &lt;b&gt;else&lt;/b&gt;", text)

    def test_result_without_answers_shows_no_figures(self):
        """H1: what no question asks is not said to be missing."""
        self.post(
            self.callback,
            "finish",
            outcome="reached",
            result="reached",
            feedback="All well",
        )
        self.assertEqual(self.callback.state, "done")
        page = html.fromstring(self.get_page(f"/my/callbacks/{self.callback.id}"))
        [result] = page.xpath("//dl[contains(@class, 'o_revisit_result')]")
        self.assertIn("All well", result.text_content())
        for words in ("Not asked", "Satisfaction", "Recommendation"):
            self.assertNotIn(words, result.text_content())

    def test_form_sent_twice_is_done(self):
        """H1: the same answers a moment later; others are told that it is finished."""
        same = {self.name(self.scale): "3", self.name(self.words): "Well"}
        for _twice in range(2):
            response = self.post(
                self.callback, "finish", outcome="reached", result="reached", **same
            )
            self.assertIn("message=done", response.url)
        response = self.post(
            self.callback,
            "finish",
            outcome="reached",
            result="reached",
            **{**same, self.name(self.scale): "5"},
        )
        self.assertNotIn("message=done", response.url)
        self.assertEqual(self.callback.quality, 60)

    def test_wrong_answer_loses_nothing(self):
        response = self.post(
            self.callback,
            "finish",
            outcome="reached",
            result="reached",
            **{self.name(self.scale): "9", self.name(self.words): "Kept"},
        )
        self.assertEqual(list(self.get_faults(response.text)), [self.name(self.scale)])
        self.assertValue(response.text, self.name(self.words), "Kept")
        self.assertFalse(self.callback.answer_ids)
        response = self.post(
            self.callback,
            "finish",
            outcome="no_answer",
            result="not_reached",
            **{self.name(self.words): "Kept"},
        )
        self.assertIn("gives no answers", self.get_error(response.text))
        self.assertTrue(self.callback.is_open)
