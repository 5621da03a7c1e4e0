# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""Replays of shipped rulebooks: dated events go in, exactly their callbacks come out.

Expected rows are written as ``(policy, first day, last day, level, channel)``: the
policy's code without the rulebook's, local days of the window, both included, or
local moments, the end excluded.
"""

from datetime import date, datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from ..tools import windows
from .common import NOW, SECOND, SIGNATURE, ZONE, RevisitCommon, utc

LONG_AGO = datetime(2024, 1, 1)


def local(*parts):
    return utc(ZONE, *parts)


def day_range(first, last):
    """Return the half-open window, naive UTC, of two local dates, both included."""
    return (
        windows.day_start(first, ZONE),
        windows.day_start(last + timedelta(days=1), ZONE),
    )


class ReplayCommon(RevisitCommon):
    """Installs ``CODES``, and compares what was planned with what is demanded."""

    CODES = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebooks = {
            code: cls.install_rulebook(code, active_from=LONG_AGO) for code in cls.CODES
        }
        # everybody who is there already is nobody's customer
        cls.env["res.partner"].search([]).callback_tier = False

    @classmethod
    def get_policy(cls, code):
        policies = cls.env["revisit.policy"].with_context(active_test=False)
        return policies.search(
            [("code", "=", code), ("company_id", "=", cls.company.id)]
        )

    @classmethod
    def make_known(cls, name="Customer", since=LONG_AGO, **values):
        """Create a customer who is known here since ``since``, reachable everywhere."""
        partner = cls.make_customer(
            name, phone="+86 138 0013 8000", email="who@example.com", **values
        )
        cls.set_created(partner, since)
        return partner

    @classmethod
    def set_created(cls, records, moment):
        records.flush_recordset()
        cls.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id IN %s",
            [moment, tuple(records.ids)],
        )
        records.invalidate_recordset(["create_date"])

    def make_occasion(self, kind, moment, partner=None, **values):
        return self.env["revisit.occasion"].create(
            {
                "kind": kind,
                "occurs_at": moment,
                "partner_id": (partner or self.customer).id,
                **values,
            }
        )

    def get_due(self, sources):
        """Return {(code, window start, window end, level, channel)} of documents."""
        domain = [
            ("source_model", "=", sources._name),
            ("source_id", "in", sources.ids),
            ("state", "!=", "cancelled"),
        ]
        rows = list(self.env["revisit.callback"].search(domain))
        if "revisit.touch" in self.env:
            rows += list(self.env["revisit.touch"].search(domain))
        return sorted(
            (
                row.policy_id.code,
                row.window_start,
                row.window_end,
                row.level,
                row.channel,
            )
            for row in rows
        )

    def assertDue(self, sources, *expected, code=None):
        """Assert that exactly these callbacks, and touches, were planned."""
        code = code or self.CODES[0]
        rows = []
        for policy, first, last, level, channel in expected:
            is_day = not isinstance(first, datetime)
            start, end = day_range(first, last) if is_day else (first, last)
            rows.append((f"{code}_{policy}", start, end, level, channel))
        self.assertEqual(self.get_due(sources), sorted(rows))

    def make_solved(self, resolved_at, **values):
        """Create an issue that is solved at a moment."""
        issue = self.make_issue(registered_at=resolved_at - timedelta(days=2), **values)
        with self.at(resolved_at):
            issue.action_resolve("Settled")
        return issue

    def make_survey_answer(self, partner, moment, **values):
        survey = self.env["survey.survey"].create({"title": "Opinion"})
        return self.env["survey.user_input"].create(
            {
                "survey_id": survey.id,
                "partner_id": partner.id,
                "state": "done",
                "end_datetime": moment,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestReplaySecurities(ReplayCommon):
    """R `securities`, alone and beside `dealer_csi` in one company."""

    CODES = ("securities", "dealer_csi")

    def test_opening_within_three_working_days(self):
        """B1, B2: over a weekend; the account's hour opens the window."""
        friday = local(2026, 3, 6, 15, 30)
        opened = self.make_occasion("account_opened", friday)
        monday = self.make_occasion("account_opened", local(2026, 3, 9, 0, 0))
        self.plan()
        self.assertDue(
            opened, ("opening", friday, local(2026, 3, 12), "region", "phone")
        )
        self.assertDue(
            monday,
            (
                "opening",
                local(2026, 3, 9),
                local(2026, 3, 13),
                "region",
                "phone",
            ),
        )

    def test_unusual_accounts(self):
        """B2: abnormal callbacks are exempt from the limit."""
        occasion = self.make_occasion("abnormal", local(2026, 3, 9, 10))
        self.plan()
        self.assertDue(
            occasion,
            (
                "abnormal",
                local(2026, 3, 9, 10),
                local(2026, 3, 13),
                "region",
                "phone",
            ),
        )
        self.assertEqual(self.get_policy("securities_abnormal").cap_role, "exempt")

    def test_roles_under_the_limit(self):
        """B6: what counts, what may be held back, what is exempt."""
        rulebook = self.rulebooks["securities"]
        self.assertEqual(
            (rulebook.cap_limit, rulebook.cap_period, rulebook.cap_scope),
            (2, "quarter", "rulebook"),
        )
        roles = {
            name: self.get_policy(f"securities_{name}").cap_role
            for name in ("opening", "opening_check", "periodic", "abnormal", "special")
        }
        self.assertEqual(
            roles,
            {
                "opening": "counts",
                "opening_check": "held",
                "periodic": "held",
                "abnormal": "exempt",
                "special": "exempt",
            },
        )

    def test_what_is_left_to_the_company_stays_archived(self):
        """B0: parameters that the source leaves blank are not set, and listed."""
        archived = {"opening_check", "periodic", "birthday", "holiday"}
        for name in archived:
            policy = self.get_policy(f"securities_{name}")
            self.assertTrue(policy and not policy.active, name)
            self.assertTrue(policy.note)
        self.assertTrue(self.rulebooks["securities"].unset_parameters)
        partner = self.make_known(birthday=date(1980, 3, 10))
        self.env["revisit.occasion"]._cron_birthdays()
        occasion = self.make_occasion("holiday", NOW, partner)
        self.plan()
        self.assertFalse(self.get_due(occasion))
        self.assertFalse(self.get_due(partner))

    def test_other_occasions_are_not_called(self):
        """R: nothing more than the rulebooks demand."""
        for kind in ("service_changed", "installation_done", "event", "other"):
            occasion = self.make_occasion(kind, NOW - SECOND)
            self.plan()
            self.assertFalse(self.get_due(occasion), kind)

    def test_beside_dealer_csi(self):
        """R: both rulebooks plan for one customer, each its own events."""
        self.customer.dealer_id = self.dealer_a
        opened_at = local(2026, 3, 9, 9)
        opened = self.make_occasion("account_opened", opened_at)
        order = self.make_order(date=opened_at)
        self.plan()
        self.assertDue(
            opened, ("opening", opened_at, local(2026, 3, 13), "region", "phone")
        )
        self.assertDue(
            order,
            ("sale_dealer", opened_at, local(2026, 3, 13), "dealer", "phone"),
            ("sale_hq", date(2026, 3, 13), date(2026, 3, 16), "hq", "phone"),
            code="csi",
        )

    def test_limit_holds_back_periodic_callbacks_only(self):
        """B6: two in the quarter; events count and are made; the other rulebook's
        callbacks do not count."""
        # what joins another callback's contact would not count
        self.rulebooks["securities"].merge_contacts = False
        partner = self.make_known(dealer_id=self.dealer_a.id)
        other = self.make_known("Other")
        periodic = self.get_policy("securities_periodic")
        periodic.write(
            {
                "domain": f"[('id', 'in', {(partner + other).ids})]",
                "period_months": 3,
                "active": True,
                "active_from": LONG_AGO,
            }
        )
        opened = sum(
            (
                self.make_occasion("account_opened", local(2026, 1, day, 9), partner)
                for day in (5, 6, 7)
            ),
            self.env["revisit.occasion"],
        )
        order = self.make_order(partner=other, date=local(2026, 1, 5))
        with self.at(local(2026, 1, 8)):
            self.plan()
        self.assertEqual(len(self.get_due(opened)), 3, "events are never held back")
        self.assertFalse(self.get_due(partner))
        self.assertEqual(len(self.get_due(other)), 1)
        self.assertTrue(self.get_due(order))
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", periodic.id), ("partner_id", "=", partner.id)]
        )
        self.assertEqual(set(skip.mapped("reason")), {"cap"})


class PropertyReplay(ReplayCommon):
    """What `property` and `property_c` have in common."""

    def check_settled_matters(self):
        """Complaints and suggestions are visited, also forwarded ones."""
        partner = self.make_known()
        at = local(2026, 3, 2, 11)
        for kind, intake in (
            ("complaint", "phone"),
            ("complaint", "authority"),
            ("suggestion", "store"),
        ):
            issue = self.make_solved(
                at, partner_id=partner.id, intake_kind=kind, intake=intake
            )
            self.plan()
            self.assertDue(
                issue, (kind, date(2026, 3, 3), date(2026, 3, 9), "region", "visit")
            )

    def check_exempt_matters(self):
        """D7: no name, or only a reply asked; and requests are no complaints."""
        at = local(2026, 3, 2, 11)
        issues = (
            self.make_solved(at, is_anonymous=True)
            + self.make_solved(at, is_reply_only=True)
            + self.make_solved(at, intake_kind="request")
        )
        unsolved = self.make_issue(registered_at=at)
        self.plan()
        self.assertFalse(self.get_due(issues + unsolved))

    def check_surveys(self):
        """Returned surveys of known residents are visited, test entries are not."""
        partner = self.make_known()
        at = local(2026, 3, 2, 23, 59)
        answer = self.make_survey_answer(partner, at)
        test = self.make_survey_answer(partner, at, test_entry=True)
        begun = self.make_survey_answer(partner, False, state="in_progress")
        nobody = self.make_survey_answer(self.env["res.partner"], at)
        self.plan()
        self.assertDue(
            answer, ("survey", date(2026, 3, 3), date(2026, 3, 9), "region", "visit")
        )
        self.assertFalse(self.get_due(test + begun + nobody))

    def make_repairs(self, number, month):
        """Create repairs spread over the month, on its first and last moments, too."""
        partner = self.make_known()
        first = local(2026, month, 1)
        last = local(2026, month + 1, 1) - SECOND
        step = (last - first) / max(number - 1, 1)
        return sum(
            (
                self.make_repair(partner, date=(first + step * turn))
                for turn in range(number)
            ),
            self.env["repair.order"],
        )

    def get_drawn(self, repairs, month, moment):
        """Plan at a moment; return how many of the repairs are called on, in time."""
        with self.at(moment):
            self.plan()
        due = self.get_due(repairs)
        code = f"{self.CODES[0]}_repair"
        window = (local(2026, month + 1, 1), local(2026, month + 1, 29))
        self.assertLessEqual(set(due), {(code, *window, "region", "phone")})
        return len(due)


@tagged("post_install", "-at_install")
class TestReplayProperty(PropertyReplay):
    """R `property`."""

    CODES = ("property",)

    def test_settled_matters(self):
        """B2, C4: visits with a compulsory signature."""
        self.check_settled_matters()
        policies = self.rulebooks["property"].policy_ids
        visits = policies.filtered(lambda policy: policy.channel == "visit")
        self.assertEqual(set(visits.mapped("signature_rule")), {"required"})
        self.assertEqual(len(visits), 3)

    def test_exempt_matters(self):
        """D7: no name, or only a reply asked."""
        self.check_exempt_matters()

    def test_surveys(self):
        """B1: survey returned."""
        self.check_surveys()

    def test_unsettled_survey_is_called_on_again_by_phone(self):
        """B2, C9: the second callback about a survey counts from the first one."""
        partner = self.make_known()
        answer = self.make_survey_answer(partner, local(2026, 3, 2, 11))
        self.plan()
        first = self.get_planned(answer)
        self.assertEqual((first.channel, first.occasion), ("visit", ""))
        made_at = local(2026, 3, 5, 15)
        first.signature = SIGNATURE
        with self.at(made_at):
            first.action_done(customer_confirmed="no")
        self.plan()
        second = self.get_planned(answer) - first
        self.assertEqual((second.channel, second.chain_position), ("phone", 2))
        self.assertEqual(second.previous_id, first)
        self.assertEqual(
            (second.window_start, second.window_end),
            (local(2026, 3, 6), local(2026, 3, 13)),
        )
        second.action_log_attempt("reached")
        second.action_done(customer_confirmed="yes")
        self.plan()
        self.assertEqual(self.get_planned(answer), first + second)

    def test_second_callback_is_by_phone_unless_grave(self):
        """B2, C9: by the position in the chain and the complaint's class."""
        at = local(2026, 3, 2, 11)
        channels = {}
        for severity in ("normal", "critical"):
            issue = self.make_solved(at, severity=severity)
            self.plan()
            issue._action_reject()
            with self.at(at + timedelta(days=1)):
                issue.action_resolve("Settled now")
            self.plan()
            callbacks = self.env["revisit.callback"].search(
                [("source_model", "=", issue._name), ("source_id", "=", issue.id)],
                order="occasion",
            )
            channels[severity] = callbacks.mapped("channel")[-1]
        self.assertEqual(channels, {"normal": "phone", "critical": "visit"})

    def test_repairs_are_not_called_one_by_one(self):
        """B4: a repair alone brings nothing before the month is over."""
        repair = self.make_repair(date=local(2026, 3, 1))
        self.plan()
        self.assertFalse(self.get_due(repair))

    def test_sample_of_repairs(self):
        """B4: 5% of the month's repairs, rounded up; other months do not count."""
        estate = self.make_customer("Estate", is_company=True)
        estate.write({"is_estate": True, "household_count": 1000})
        repairs = self.make_repairs(21, 2)
        other = self.make_repair(self.make_known(), date=local(2026, 3, 1))
        self.assertEqual(self.get_drawn(repairs, 2, local(2026, 2, 28, 23, 59)), 0)
        self.assertEqual(self.get_drawn(repairs, 2, local(2026, 3, 1, 0, 1)), 2)
        self.assertFalse(self.get_due(other))

    def test_households_are_the_ceiling(self):
        """B4: never above 5% of the households, rounded down; the ceiling wins."""
        estate = self.make_customer("Estate", is_company=True)
        estate.write({"is_estate": True, "household_count": 39})
        repairs = self.make_repairs(21, 2)
        self.assertEqual(self.get_drawn(repairs, 2, local(2026, 3, 1, 0, 1)), 1)


@tagged("post_install", "-at_install")
class TestReplayPropertyC(PropertyReplay):
    """R `property_c`: what it does otherwise."""

    CODES = ("property_c",)

    def test_settled_matters(self):
        """B2, C4: visits, where the recorded refusal is evidence, too."""
        self.check_settled_matters()
        policies = self.rulebooks["property_c"].policy_ids
        visits = policies.filtered(lambda policy: policy.channel == "visit")
        self.assertEqual(set(visits.mapped("signature_rule")), {"refusal"})

    def test_exempt_matters(self):
        """D7: no name, or only a reply asked."""
        self.check_exempt_matters()

    def test_surveys(self):
        """B1: survey returned."""
        self.check_surveys()

    def test_sample_of_repairs_has_no_ceiling(self):
        """B4: 30% of the month's repair requests, however few households."""
        estate = self.make_customer("Estate", is_company=True)
        estate.write({"is_estate": True, "household_count": 2})
        repairs = self.make_repairs(11, 2)
        self.assertEqual(self.get_drawn(repairs, 2, local(2026, 3, 1, 0, 1)), 4)

    def test_later_callbacks_are_by_phone(self):
        """B2: freely, the gravest class, too."""
        lines = self.rulebooks["property_c"].policy_ids.channel_ids
        lines = lines.filtered(lambda line: not line.is_choice)
        self.assertEqual(set(lines.mapped("channel")), {"phone"})
        self.assertEqual(set(lines.mapped("position_from")), {2})
        self.assertEqual(set(lines.mapped("domain")), {"[]"})


@tagged("post_install", "-at_install")
class TestReplayValueTier(ReplayCommon):
    """R `value_tier`."""

    CODES = ("value_tier",)

    def test_each_tier_has_its_rhythm(self):
        """B3: a quarter, a half-year, a year; prospects and the others not at all."""
        tiers = ("key", "high", "medium", "low", "potential", False)
        partners = {
            tier: self.make_known(str(tier), since=local(2025, 12, 31, 23), **values)
            for tier in tiers
            for values in [{"callback_tier": tier}]
        }
        for moment in (local(2026, 1, 1, 0, 1), local(2026, 4, 1, 0, 1)):
            with self.at(moment):
                self.plan()
        quarters = [
            (date(2026, 1, 1), date(2026, 3, 31)),
            (date(2026, 4, 1), date(2026, 6, 30)),
        ]
        high = [("high", *quarter, "hq", "phone") for quarter in quarters]
        self.assertDue(partners["key"], *high)
        self.assertDue(partners["high"], *high)
        self.assertDue(
            partners["medium"],
            ("medium", date(2026, 1, 1), date(2026, 6, 30), "hq", "phone"),
        )
        self.assertDue(
            partners["low"],
            ("low", date(2026, 1, 1), date(2026, 12, 31), "hq", "phone"),
        )
        self.assertFalse(self.get_due(partners["potential"] + partners[False]))

    def test_new_customers_are_due_in_their_first_period(self):
        """B3: who comes in the middle of a quarter is called in what remains of it."""
        partner = self.make_known(since=local(2026, 1, 2), callback_tier="high")
        late = self.make_known("Late", since=local(2026, 3, 30), callback_tier="high")
        with self.at(local(2026, 3, 31, 23)):
            self.plan()
        self.assertDue(
            partner, ("high", date(2026, 1, 2), date(2026, 3, 31), "hq", "phone")
        )
        # the rules say "at least once": any rest of the period is enough
        first = ("high", date(2026, 3, 30), date(2026, 3, 31), "hq", "phone")
        self.assertDue(late, first)
        with self.at(local(2026, 4, 1, 0, 1)):
            self.plan()
        self.assertDue(
            late, first, ("high", date(2026, 4, 1), date(2026, 6, 30), "hq", "phone")
        )

    def test_channel_follows_the_preference(self):
        """A1, B2: a visit where the customer prefers it."""
        partner = self.make_known(callback_tier="low", callback_channel="visit")
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        self.assertDue(
            partner, ("low", date(2026, 1, 1), date(2026, 12, 31), "hq", "visit")
        )

    def test_dealers_and_contacts_are_not_called(self):
        """B3: the company is the customer, not each of its contacts."""
        partner = self.make_known(callback_tier="high", is_company=True)
        contact = self.make_known("Contact", parent_id=partner.id, callback_tier="high")
        self.dealer_a.callback_tier = "high"
        self.set_created(self.dealer_a, LONG_AGO)
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        self.assertEqual(len(self.get_due(partner)), 1)
        self.assertFalse(self.get_due(contact + self.dealer_a))


@tagged("post_install", "-at_install")
class TestReplayUtility(ReplayCommon):
    """R `utility`."""

    CODES = ("utility",)

    def ref(self, name):
        return self.env.ref(f"revisit_management.{self.company.id}_utility_{name}")

    def make_user_of_power(self, usage="industrial", kv=None, status=None, **values):
        values["attribute_value_ids"] = [
            Command.create(
                {
                    "attribute_id": self.ref("attribute_usage_type").id,
                    "choice_id": self.ref(f"choice_{usage}").id,
                }
            )
        ]
        if kv:
            number = {"attribute_id": self.ref("attribute_supply_kv").id, "number": kv}
            values["attribute_value_ids"].append(Command.create(number))
        if status:
            record = self.env.ref(f"revisit_management.status_{status}")
            values["callback_status_ids"] = [Command.link(record.id)]
        return self.make_known(f"{usage} {kv} {status}", **values)

    def test_one_by_one(self):
        """B2: services, complaints and faults, days 1 to 7, by phone."""
        at = local(2026, 3, 2, 18)
        sources = {
            "service_changed": self.make_occasion("service_changed", at),
            "repair": self.make_repair(date=at),
            "complaint": self.make_solved(at),
        }
        suggestion = self.make_solved(at, intake_kind="suggestion")
        order = self.make_order(date=at)
        self.plan()
        for name, source in sources.items():
            self.assertDue(
                source, (name, date(2026, 3, 3), date(2026, 3, 9), "region", "phone")
            )
        self.assertFalse(self.get_due(suggestion) + self.get_due(order))

    def test_letters_are_answered_by_letter(self):
        """B2: by how the complaint came in."""
        issue = self.make_solved(local(2026, 3, 2), intake="letter")
        self.plan()
        self.assertDue(
            issue,
            (
                "complaint",
                date(2026, 3, 3),
                date(2026, 3, 9),
                "region",
                "reply_letter",
            ),
        )

    def test_special_customers_each_year(self):
        """A1, B3: by status; a large customer of special status once, not twice."""
        self.get_policy("utility_sample").active = False
        year = (date(2026, 1, 1), date(2026, 12, 31))
        deputy = self.make_user_of_power(status="deputy", kv=110)
        hotline = self.make_user_of_power(status="hotline")
        vip = self.make_user_of_power(status="vip")
        large, below = (
            self.make_user_of_power(kv=35.0),
            self.make_user_of_power(kv=34.99),
        )
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        self.assertFalse(self.get_due(hotline), "who was received, each time")
        self.assertDue(large, ("large", *year, "hq", "visit"))
        self.assertEqual([row[0] for row in self.get_due(deputy)], ["utility_status"])
        self.assertFalse(self.get_due(vip + below))

    def test_each_reception_is_called_on(self):
        """B1: who was received twice gets two callbacks, whatever their status."""
        person = self.make_user_of_power(status="hotline")
        occasions = [
            self.make_occasion(kind, local(2026, 3, day, 10), partner=person)
            for kind, day in (("reception", 2), ("hotline", 2), ("hotline", 5))
        ]
        self.plan()
        for occasion, first, last in zip(occasions, (3, 3, 6), (9, 9, 12), strict=True):
            self.assertDue(
                occasion,
                (
                    "received",
                    date(2026, 3, first),
                    date(2026, 3, last),
                    "region",
                    "phone",
                ),
            )

    def test_deputies_get_a_reply_letter(self):
        """B2: deputies and media by letter, the others by phone."""
        media = self.make_user_of_power(status="media")
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        self.assertEqual([row[4] for row in self.get_due(media)], ["reply_letter"])

    def test_sample_per_usage_type(self):
        """B4: at least 10% of each usage type, whenever the customer came."""
        old = [self.make_user_of_power("residential") for _turn in range(11)]
        new = [
            self.make_user_of_power("commercial", since=local(2025, 6, 1))
            for _turn in range(10)
        ]
        others = self.make_user_of_power(kv=35) + self.make_user_of_power(
            status="media"
        )
        nobody = self.make_known("No electricity")
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        due = [
            self.get_due(self.env["res.partner"].union(*group)) for group in (old, new)
        ]
        self.assertEqual([len(rows) for rows in due], [2, 1])
        window = (local(2026, 1, 1), local(2026, 1, 29))
        self.assertEqual(
            set(due[0] + due[1]),
            {("utility_sample", *window, "region", "contact_card")},
        )
        sampled = self.get_policy("utility_sample")
        callbacks = self.env["revisit.callback"].search(
            [
                ("policy_id", "=", sampled.id),
                ("partner_id", "in", (others + nobody).ids),
            ]
        )
        self.assertFalse(callbacks)

    def test_units_may_choose_otherwise(self):
        """A4: all policies allow it, and the choices are listed."""
        policies = self.rulebooks["utility"].policy_ids
        self.assertTrue(all(policies.mapped("units_may_choose")))
        policy = self.get_policy("utility_repair")
        policy.channel_ids = [
            Command.create({"team_id": policy.team_id.id, "channel": "visit"})
        ]
        rulebook = self.rulebooks["utility"]
        self.assertEqual(rulebook.channel_choice_count, 1)
        action = rulebook.action_open_channel_choices()
        listed = self.env[action["res_model"]].search(
            [*action["domain"], ("team_id", "!=", False)]
        )
        self.assertEqual(listed, policy.channel_ids)


@tagged("post_install", "-at_install")
class TestReplayEnterprise(ReplayCommon):
    """R `enterprise`."""

    CODES = ("enterprise",)

    def test_first_call_and_every_six_months(self):
        """B3: a month after the installation, then six months after each call."""
        line = self.make_archive_line(self.make_known(), installed_on="2026-01-31")
        with self.at(local(2026, 2, 28, 9)):
            self.plan()
        first = ("call", date(2026, 2, 28), date(2026, 3, 30), "region", "phone")
        self.assertDue(line, first)
        callback = self.get_planned(line)
        callback.user_id = self.agent
        with self.at(local(2026, 3, 10, 10)):
            callback.with_user(self.agent).action_log_attempt("reached")
            callback.with_user(self.agent).action_done(satisfaction=90)
        with self.at(local(2026, 9, 10, 9)):
            self.plan()
        self.assertDue(
            line,
            first,
            ("call", date(2026, 9, 10), date(2026, 10, 10), "region", "phone"),
        )

    def test_go_live_starts_the_clock_without_an_installation(self):
        """B3: installed or gone live, never twice for one product."""
        partner = self.make_known()
        both = self.make_archive_line(
            partner, installed_on="2026-01-10", first_use_on="2026-01-12"
        )
        live = self.make_archive_line(partner, first_use_on="2026-01-12")
        with self.at(local(2026, 2, 12, 9)):
            self.plan()
        self.assertEqual([row[0] for row in self.get_due(both)], ["enterprise_call"])
        self.assertDue(
            live,
            ("call_live", date(2026, 2, 12), date(2026, 3, 14), "region", "phone"),
        )

    def test_whom_to_ask_for(self):
        """A1, B2: users first in the first call, equipment heads first later."""
        policy = self.get_policy("enterprise_call")
        head, user = (
            self.env.ref(f"revisit_management.role_{name}")
            for name in ("equipment_head", "end_user")
        )
        partner = self.make_known(is_company=True)
        self.make_known("Wang", parent_id=partner.id, contact_role_id=user.id)
        line = self.make_archive_line(partner)
        first, later = (
            self.make_callback(
                policy,
                partner_id=partner.id,
                team_id=False,
                source_model=line._name,
                source_id=line.id,
                occasion=occasion,
            )
            for occasion in ("", "after:1")
        )
        self.assertEqual(first._get_interview_roles()[:1], user)
        self.assertEqual(later._get_interview_roles()[:1], head)
        self.assertTrue(first.interview_text.startswith("End User (Wang) → "))
        self.assertTrue(later.interview_text.endswith("End User (Wang)"))
        visit = self.get_policy("enterprise_large")
        self.assertEqual(visit.role_ids.role_id[:1].code, "business_head")

    def test_signed_visits_of_large_and_key_customers(self):
        """B3, C4: a year for the tier High, a half-year for the tier Key."""
        high, key, low = (
            self.make_known(tier, callback_tier=tier) for tier in ("high", "key", "low")
        )
        with self.at(local(2026, 1, 1, 0, 1)):
            self.plan()
        self.assertDue(
            high, ("large", date(2026, 1, 1), date(2026, 12, 31), "region", "visit")
        )
        self.assertDue(
            key, ("key", date(2026, 1, 1), date(2026, 6, 30), "region", "visit")
        )
        self.assertFalse(self.get_due(low))

    def test_valuable_suggestions_are_visited(self):
        """B1, C7: from the day on which it was found valuable."""
        values = {"intake_kind": "suggestion", "registered_at": local(2026, 1, 2)}
        plain = self.make_issue(**values)
        valuable = self.make_issue(**values)
        with self.at(local(2026, 3, 9, 20)):
            valuable.is_valuable = True
            self.env.flush_all()
        self.plan()
        self.assertDue(
            valuable,
            ("suggestion", date(2026, 3, 10), date(2026, 4, 8), "region", "visit"),
        )
        self.assertFalse(self.get_due(plain))
        valuable.is_valuable = False
        self.plan()
        self.assertFalse(self.get_due(valuable))

    def test_headquarters_verifies_complaint_callbacks(self):
        """B5: independent of the first callback, and not by who made it."""
        issue = self.make_solved(local(2026, 3, 2, 12))
        self.plan()
        self.assertDue(
            issue,
            ("complaint", date(2026, 3, 3), date(2026, 3, 5), "region", "phone"),
            ("complaint_hq", date(2026, 3, 6), date(2026, 3, 9), "hq", "phone"),
        )
        policy = self.get_policy("enterprise_complaint_hq")
        self.assertTrue(policy._excludes_own_customers())


@tagged("post_install", "-at_install")
class TestReplayShowroom(ReplayCommon):
    """R `showroom`."""

    CODES = ("showroom",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        get = cls.env["product.category"].search
        cls.tiles, cls.sanitary = (
            cls.env["product.product"].create(
                {
                    "name": code,
                    "type": "consu",
                    "categ_id": get([("callback_code", "=", code)], limit=1).id,
                }
            )
            for code in ("tiles", "sanitary")
        )
        cls.customer.write({"phone": "+86 138 0013 8000", "email": "who@example.com"})

    def make_contract(self, *products, date=None):
        order = self.make_order(
            order_line=[Command.create({"product_id": p.id}) for p in products]
        )
        if date:
            order.contract_signed_at = date
        return order

    def test_calls_within_24_hours(self):
        """B2: to the second, after the delivery and the end of the installation."""
        at = local(2026, 3, 9, 17, 45)
        picking = self.make_delivery()
        picking.date_done = at
        occasion = self.make_occasion("installation_done", at)
        begun = self.make_occasion("abnormal", at)
        self.plan()
        window = (at, at + timedelta(hours=24))
        self.assertDue(picking, ("delivered", *window, "hq", "phone"))
        self.assertDue(occasion, ("installed", *window, "hq", "phone"))
        self.assertFalse(self.get_due(begun))

    def test_sanitary_ware_is_called_before_the_delivery(self):
        """B2: from 16:30 of the day before until the delivery."""
        planned_at = local(2026, 3, 12, 10)
        pickings = {}
        for name in ("tiles", "sanitary"):
            order = self.make_contract(getattr(self, name))
            pickings[name] = order.picking_ids
            pickings[name].scheduled_date = planned_at
        self.plan()
        window = (local(2026, 3, 11, 16, 30), planned_at)
        self.assertDue(
            pickings["sanitary"], ("delivery_sanitary", *window, "hq", "phone")
        )
        self.assertDue(pickings["tiles"], ("delivery_tiles", *window, "hq", "sms"))

    def test_contracts_are_told_per_product_category(self):
        """B2: tiles, sanitary ware, both, or neither."""
        signed = local(2026, 3, 9, 15)
        expected = {
            (self.tiles,): ["contract_tiles"],
            (self.sanitary,): ["contract_sanitary"],
            (self.tiles, self.sanitary): ["contract_sanitary", "contract_tiles"],
            (self.service,): ["contract"],
        }
        for products, names in expected.items():
            order = self.make_contract(*products, date=signed)
            self.plan()
            self.assertDue(
                order,
                *((name, signed, local(2026, 3, 10), "hq", "sms") for name in names),
            )

    def test_contacts_deposits_and_installations_are_told(self):
        """B1: contact left, deposit paid, first installation day."""
        left_at = local(2026, 3, 10, 8, 30)
        prospect = self.make_known("P", since=left_at, callback_tier="potential")
        known = self.make_known("K", since=left_at)
        begins = self.make_occasion("installation", local(2026, 3, 11, 9))
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 100,
                "date": "2026-03-09",
            }
        )
        payment.state = "in_process"
        self.plan()
        # at once: the same reading for a contact, a deposit and a contract
        self.assertDue(prospect, ("contact", left_at, local(2026, 3, 11), "hq", "sms"))
        self.assertFalse(self.get_due(known))
        self.assertDue(
            begins,
            ("installation", local(2026, 3, 11, 9), local(2026, 3, 12), "hq", "sms"),
        )
        self.assertDue(
            payment, ("deposit", date(2026, 3, 9), date(2026, 3, 9), "hq", "sms")
        )


@tagged("post_install", "-at_install")
class TestReplayAppliance(ReplayCommon):
    """R `appliance`: every edge of the two windows."""

    CODES = ("appliance",)

    def test_windows_on_their_edges(self):
        """B2: days 1 to 3 and 2 to 5, counted from the local day of the event."""
        edges = (local(2026, 3, 2), local(2026, 3, 3) - SECOND)
        for at in edges:
            order, repair = self.make_order(date=at), self.make_repair(date=at)
            self.plan()
            self.assertDue(
                order, ("purchase", date(2026, 3, 3), date(2026, 3, 5), "hq", "phone")
            )
            self.assertDue(
                repair, ("repair", date(2026, 3, 4), date(2026, 3, 7), "hq", "phone")
            )

    def test_partner_outlets_and_installations(self):
        """B1: what a partner outlet sold has no delivery of ours."""
        line = self.make_archive_line(sold_on="2026-03-02", installed_on="2026-03-04")
        self.plan()
        self.assertDue(
            line,
            ("sold", date(2026, 3, 3), date(2026, 3, 5), "hq", "phone"),
            ("installation", date(2026, 3, 6), date(2026, 3, 9), "hq", "phone"),
        )

    def test_own_tills_wait_for_their_app(self):
        """B1: shipped archived, and told why it cannot be switched on."""
        policy = self.get_policy("appliance_store")
        self.assertFalse(policy.active)
        if "pos.order" in self.env:
            self.skipTest("The point-of-sale app is installed here")
        self.assertRefused(
            Exception, "unarchive the trigger first", policy.write, {"active": True}
        )
