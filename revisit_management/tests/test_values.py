# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json
from datetime import date, datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import HttpCase, freeze_time, tagged

from ..tools import values
from .common import NOW, RevisitCommon, RevisitMixin

NONSENSE = (True, 5, 1.5, "nonsense", "\0", "\ud800", [], {}, ["x"], {"a": 1}, "9" * 99)


@tagged("post_install", "-at_install")
class TestReader(RevisitCommon):
    """K7: one reader for each kind of value; nothing becomes another value."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.env["revisit.reader"]

    def test_moments(self):
        for raw, zone, moment in (
            ("2026-07-14T12:00:00.000+08:00", None, datetime(2026, 7, 14, 4)),
            ("2026-07-14T04:00:00Z", None, datetime(2026, 7, 14, 4)),
            ("20260714T120000+0800", None, datetime(2026, 7, 14, 4)),
            ("2026-07-13 23:30:00-04:30", None, datetime(2026, 7, 14, 4)),
            ("2026-07-14 04:00:00", "UTC", datetime(2026, 7, 14, 4)),
            ("2026-07-14 12:00", "Asia/Shanghai", datetime(2026, 7, 14, 4)),
            ("2026-07-14", "Asia/Shanghai", datetime(2026, 7, 13, 16)),
            ("2026-10-25 02:30+01:00", "Europe/Berlin", datetime(2026, 10, 25, 1, 30)),
            (datetime(2026, 7, 14, 4), "UTC", datetime(2026, 7, 14, 4)),
            ("", "UTC", False),
            (False, None, False),
        ):
            with self.subTest(raw=raw, zone=zone):
                self.assertEqual(self.reader._read_moment("Time", raw, zone), moment)

    def test_moments_of_odoos_own_zones(self):
        """Odoo's zones are of a kind that must not be put on a datetime."""
        zone = self.env.user.with_context(tz="Asia/Shanghai").env.tz
        moment = self.reader._read_moment("Time", "2026-07-14 12:00", zone)
        self.assertEqual(moment, datetime(2026, 7, 14, 4))

    def test_moments_that_are_refused(self):
        for raw, zone, text in (
            ("2026-07-14 12:00", None, "in which time zone"),
            ("2026-07-14 12:00", "Mars/Base", "in which time zone"),
            ("2026-03-29 02:30", "Europe/Berlin", "does not exist in Europe/Berlin"),
            ("2026-10-25 02:30", "Europe/Berlin", "happens twice in Europe/Berlin"),
            ("1926-01-01 00:00", "UTC", "Give a year from 1976 to 2076"),
            ("2126-01-01T00:00Z", None, "Give a year from 1976 to 2076"),
            ("2026-13-01 00:00", "UTC", "is no date and time"),
            ("2026-01-01 24:00", "UTC", "is no date and time"),
            ("2026-01-01T00:00+15:00", None, "is no date and time"),
            ("2026-W10-4", "UTC", "is no date and time"),
            ("14.07.2026 12:00", "UTC", "is no date and time"),
            (1784000000, "UTC", "is no date and time"),
            ("0" * 10**6, "UTC", "is no date and time"),
        ):
            with self.subTest(raw=str(raw)[:40], zone=zone):
                with self.assertRaises(ValidationError) as caught:
                    self.reader._read_moment("Time", raw, zone)
                self.assertIn(text, str(caught.exception))
                self.assertIn("Time", str(caught.exception))
                self.assertLess(len(str(caught.exception)), 400)

    def test_dates(self):
        born = self.reader._read_date("Birthday", "1936-05-01", back=130)
        self.assertEqual(born, date(1936, 5, 1))
        for raw, text in (
            ("1936-05-01", "from 1976 to 2076"),
            ("2026-01-01T23:00:00Z", "a day is wanted"),
            ("01/02/2026", "is no date"),
            (20260101, "is no date"),
        ):
            self.assertRefused(
                ValidationError, text, self.reader._read_date, "Day", raw
            )

    def test_numbers(self):
        read = self.reader._read_number
        self.assertEqual(read("Score", "9,5", low=0, high=10), 9.5)
        self.assertIs(read("Score", None), False)
        self.assertEqual(read("Score", 0), 0)
        self.assertIsInstance(read("Score", 8.0, step=1), int)
        for raw, limits, text in (
            (8.5, {"step": 1}, "give a whole number"),
            (0.3, {"step": 0.25}, "multiple of 0.25"),
            ("101", {"low": 0, "high": 100}, "from 0 to 100"),
            (-1, {"low": 0}, "from 0 on"),
            (11, {"high": 10}, "up to 10"),
            (float("nan"), {}, "is no number"),
            (float("inf"), {}, "is no number"),
            (True, {}, "is no number"),
            ("1,234", {}, "two ways"),
            (10**30, {}, "more digits"),
        ):
            with self.subTest(raw=raw):
                self.assertRefused(ValidationError, text, read, "Score", raw, **limits)

    def test_choices(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self.callbacks._fields["result"]
        read = self.reader._read_choice
        for raw in ("reached", "REACHED", "Customer Reached", " customer reached "):
            self.assertEqual(read("Result", field, raw), "reached")
        self.assertIs(read("Result", field, ""), False)
        choice = self.env["ir.model.fields"]._get("revisit.callback", "result")
        for selection in choice.selection_ids[:2]:
            selection.with_context(lang="zh_CN").name = "已联系"
        self.assertRefused(
            ValidationError, "names more than one", read, "Result", field, "已联系"
        )
        for raw in ("perhaps", 1, ["reached"]):
            self.assertRefused(
                ValidationError, "none of the choices", read, "Result", field, raw
            )

    def test_sentences_are_in_the_readers_language(self):
        """K5: each reason has a sentence of its own, with the value and the label."""
        reasons = ("number separator size step range date day moment zone gap twice",)
        reasons += ("year long character text choice choices flag ids file several",)
        reasons += ("extension prefix phone",)
        details = dict.fromkeys(
            ("low", "high", "step", "first", "last", "zone", "limit", "count"), 1
        )
        sentences = {
            self.reader._get_sentence(
                values.Unreadable(reason, choices="A", **details), "Label", "Value"
            )
            for reason in " ".join(reasons).split()
        }
        self.assertEqual(len(sentences), len(" ".join(reasons).split()))
        self.assertTrue(all("Label" in sentence for sentence in sentences))


@tagged("post_install", "-at_install")
class TestProgramValues(RevisitCommon):
    """N, K7: what other programs send is read, or refused with a sentence."""

    def setUp(self):
        super().setUp()
        self.callback = self.make_callback(user_id=self.agent.id)
        self.mine = self.callback.with_user(self.agent)

    def test_next_call_with_an_offset(self):
        self.mine.action_log_attempt(
            "rescheduled", next_at="2026-07-14T12:00:00.000+08:00"
        )
        self.assertEqual(self.callback.next_attempt_at, datetime(2026, 7, 14, 4))

    def test_generate_with_an_offset(self):
        order = self.make_order(date=NOW - timedelta(days=1))
        policy = self.make_policy().with_user(self.manager)
        self.assertEqual(order.date_order, datetime(2026, 3, 9, 1))
        counts = policy.generate("2026-03-09T00:00:00Z", "2026-03-09T08:30:00+08:00")
        self.assertEqual(counts["created"], 0)
        counts = policy.generate("2026-03-09T00:00:00Z", "2026-03-09T09:30:00+08:00")
        self.assertEqual(counts["created"], 1)

    def test_records_written_by_programs(self):
        """K7: creating and writing read alike."""
        occasions = self.env["revisit.occasion"].with_user(self.manager)
        vals = {"partner_id": self.customer.id, "kind": "other"}
        occasion = occasions.create(
            {**vals, "occurs_at": "2026-07-14T12:00:00.000+08:00"}
        )
        self.assertEqual(occasion.occurs_at, datetime(2026, 7, 14, 4))
        occasion.write({"occurs_at": "2026-07-15T04:00:00Z"})
        self.assertEqual(occasion.occurs_at, datetime(2026, 7, 15, 4))
        for wrong in (
            {"occurs_at": "tomorrow"},
            {"occurs_at": 5},
            {"kind": "nonsense"},
            {"note": "a\0b"},
            {"active": "perhaps"},
        ):
            with self.subTest(wrong=wrong):
                label = occasions._fields[next(iter(wrong))].string
                self.assertRefused(
                    ValidationError, label, occasions.create, {**vals, **wrong}
                )
                self.assertRefused(ValidationError, label, occasion.write, wrong)

    def test_blank_texts_are_no_values(self):
        """L4: a name or code of spaces is none, whether new or written."""
        as_manager = self.make_policy().with_user(self.manager)
        for record, vals in (
            (as_manager, {"name": ""}),
            (as_manager, {"name": " \t"}),
            (as_manager, {"code": ""}),
            (self.team.with_user(self.manager), {"name": "  "}),
        ):
            with self.subTest(vals=vals):
                self.assertRefused(
                    ValidationError, "must have a value", record.write, vals
                )
        self.assertRefused(
            ValidationError,
            "must have a value",
            self.env["revisit.team"].with_user(self.manager).create,
            {"name": " "},
        )

    def test_planned_times_of_programs(self):
        """B9: methods that look at a value before it is stored read it, too."""
        self.mine.write({"planned_at": "2026-03-11T10:00:00+08:00"})
        self.assertEqual(self.callback.planned_at, datetime(2026, 3, 11, 2))
        plans = self.env["revisit.plan"].with_user(self.manager)
        plan = plans.create(
            {"team_id": self.team.id, "date_from": "2026/4/1", "date_to": "20260430"}
        )
        self.assertEqual((plan.date_from, plan.period), (date(2026, 4, 1), "month"))
        for record, wrong in (
            (self.mine, {"planned_at": "soon"}),
            (plan, {"date_from": "01/04/2026"}),
        ):
            self.assertRefused(ValidationError, "is no date", record.write, wrong)
        vals = {
            "policy_id": self.callback.policy_id.id,
            "partner_id": self.customer.id,
            "event_at": "2026-03-09T10:00:00+08:00",
            "window_start": "2026-03-10T00:00:00Z",
            "window_end": "2026-03-12T00:00:00Z",
        }
        made = self.callbacks.with_user(self.manager).create(vals)
        self.assertEqual(made.event_at, datetime(2026, 3, 9, 2))

    def test_answers_written_by_hand(self):
        """E2: 8.5 is not 8, and nan is nothing, on whatever way."""
        dialogs = self.env["revisit.callback.finish"].with_user(self.agent)
        for wrong in ({"nps": 8.5}, {"satisfaction": "nan"}, {"quality": True}):
            for record in (self.mine, self.callback.sudo()):
                self.assertRefused(ValidationError, " is ", record.write, wrong)
            self.assertRefused(
                ValidationError,
                " is ",
                dialogs.create,
                {"callback_id": self.callback.id, **wrong},
            )

    def test_every_public_method_with_nonsense(self):
        """N: a sentence for each wrong argument, never a crash."""
        policy = self.make_policy()
        plan = self.env["revisit.plan"].create({"team_id": self.team.id})
        calls = (
            (self.mine.action_log_attempt, {"outcome": "reached"}, "outcome duration"),
            (self.mine.action_log_attempt, {"outcome": "reached"}, "note next_at"),
            (self.mine.action_log_attempt, {"outcome": "reached"}, "recording"),
            (self.mine.action_done, {}, "result done_at others next_due_on"),
            (self.mine.action_done, {}, "satisfaction quality attitude efficiency nps"),
            (self.mine.action_done, {}, "feedback customer_confirmed signature"),
            (self.mine.action_done, {}, "signature_refused nonsense"),
            (self.callback.action_review, {}, "verdict note"),
            (self.callback.action_unlock, {"reason": "x"}, "reason"),
            (policy.generate, {"date_from": NOW, "date_to": NOW}, "date_from date_to"),
            (policy.generate, {"date_from": NOW, "date_to": NOW}, "dry_run"),
            (
                policy.generate_in_background,
                {"date_from": NOW, "date_to": NOW},
                "date_from date_to",
            ),
            (self.env["revisit.rulebook"].action_install, {}, "code"),
            (plan.action_reset, {"reason": "x"}, "reason"),
            (self.make_issue().action_resolve, {}, "resolution"),
        )
        for method, arguments, names in calls:
            record = method.__self__.with_user(self.manager)
            for name in names.split():
                for value in NONSENSE:
                    with self.subTest(method=method.__name__, name=name, value=value):
                        savepoint = self.env.cr.savepoint()
                        try:
                            getattr(record, method.__name__)(
                                **{**arguments, name: value}
                            )
                        except UserError as error:
                            self.assertTrue(str(error).strip())
                        finally:
                            savepoint.close(rollback=True)
                            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestJson2Values(RevisitMixin, HttpCase):
    """N, K7: over HTTP with a key: 4xx and a sentence, or what was meant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRevisit()
        with freeze_time(NOW):
            cls.policy = cls.make_policy()
            cls.callback = cls.make_callback(cls.policy, user_id=cls.agent.id)

    def setUp(self):
        super().setUp()
        # keys of the system: theirs need no end
        self.keys = {
            user: self.env["res.users.apikeys"]
            .with_user(user)
            .sudo()
            ._generate("rpc", "Test", datetime.now() + timedelta(days=1))
            for user in (self.agent, self.manager)
        }

    def call(self, user, model, method, **arguments):
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={
                "Authorization": f"bearer {self.keys[user]}",
                "Content-Type": "application/json",
            },
        )

    def check_refused(self, response, *texts):
        self.assertEqual(response.status_code, 422, response.text[:500])
        for text in texts:
            self.assertIn(text, response.json()["message"])

    def test_moments(self):
        # the server's clock is the real one
        again = fields.Datetime.now() + timedelta(days=30)
        response = self.call(
            self.agent,
            "revisit.callback",
            "action_log_attempt",
            ids=self.callback.ids,
            outcome="no_answer",
            next_at=f"{again + timedelta(hours=8):%FT%T}.000+08:00",
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertEqual(self.callback.next_attempt_at, again)
        for next_at in ("soon", "2026-07-14T12:00:00+99:00", 5, True, [1]):
            response = self.call(
                self.agent,
                "revisit.callback",
                "action_log_attempt",
                ids=self.callback.ids,
                outcome="no_answer",
                next_at=next_at,
            )
            self.check_refused(response, "Call Again")
        self.assertEqual(len(self.callback.attempt_ids), 1)

    def test_generate(self):
        response = self.call(
            self.manager,
            "revisit.policy",
            "generate",
            ids=self.policy.ids,
            date_from="2026-03-01T00:00:00Z",
            date_to="2026-03-02T00:00:00+08:00",
        )
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertEqual(response.json()["created"], 0)
        response = self.call(
            self.manager,
            "revisit.policy",
            "generate",
            ids=self.policy.ids,
            date_from="yesterday",
            date_to="2026-03-02",
        )
        self.check_refused(response, "date_from", "yesterday")

    def test_answers(self):
        for wrong, text in (
            ({"nps": 8.5}, "whole number"),
            ({"satisfaction": "nan"}, "is no number"),
            ({"satisfaction": "95%"}, "is no number"),
            ({"satisfaction": True}, "is no number"),
            ({"feedback": {"a": 1}}, "is no text"),
            ({"others": {"9" * 5000: {}}}, "not open"),
        ):
            with self.subTest(wrong=wrong):
                response = self.call(
                    self.agent,
                    "revisit.callback",
                    "action_done",
                    ids=self.callback.ids,
                    **wrong,
                )
                self.check_refused(response, text)
        self.callback.invalidate_recordset()
        self.assertIs(self.callback.nps, False)

    def test_records(self):
        response = self.call(
            self.manager,
            "revisit.occasion",
            "create",
            vals_list=[
                {
                    "partner_id": self.customer.id,
                    "kind": "other",
                    "occurs_at": "2026-07-14 noon",
                }
            ],
        )
        self.check_refused(response, "When", "2026-07-14 noon")
