# Part of Revisit. See LICENSE file for full copyright and licensing details.
from contextlib import closing
from datetime import date, datetime, timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import NOW, ZONE, RevisitCommon, utc

MANAGER_GROUP = "revisit_management.group_manager"


class RulebookLifeCommon(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.rulebook = cls.install_rulebook("appliance")
        cls.as_manager = cls.rulebook.with_user(cls.manager)

    def get_policy(self, code):
        return (
            self.env["revisit.policy"]
            .with_context(active_test=False)
            .search([("code", "=", code), ("company_id", "=", self.company.id)])
        )

    def open_end(self, step):
        return (
            self.env["revisit.rulebook.end"]
            .with_user(self.manager)
            .create({"rulebook_id": self.rulebook.id, "step": step})
        )


@tagged("post_install", "-at_install")
class TestRulebookArchive(RulebookLifeCommon):
    """B0: an archived rulebook works no more; unarchived, it is as it was."""

    def test_archiving_asks_and_stops_everything(self):
        callback = self.make_callback(self.get_policy("appliance_purchase"))
        action = self.as_manager.action_archive()
        self.assertEqual(action["res_model"], "revisit.rulebook.end")
        self.assertTrue(self.rulebook.active)
        dialog = self.open_end("archive")
        self.assertEqual(dialog.callback_count, 1)
        for name in ("After a purchase: days 1 to 3", "Product quality"):
            self.assertIn(name, dialog.rows_text)
        dialog.action_apply()
        self.assertFalse(self.rulebook.active)
        self.assertFalse(self.rulebook.policy_ids)
        self.assertFalse(
            self.env["revisit.issue.category"].search(
                [("rulebook_id", "=", self.rulebook.id)]
            )
        )
        self.assertEqual(callback.state, "planned", "open work stays by default")
        order = self.make_order(date=NOW)
        self.plan()
        self.assertFalse(self.get_planned(order))

    def test_unarchiving_restores_exactly_what_was_stopped(self):
        own = self.get_policy("appliance_repair")
        own.active = False
        archived = self.rulebook.with_context(active_test=False).policy_ids.filtered(
            lambda policy: not policy.active
        )
        before = self.rulebook.policy_ids
        self.as_manager.action_stop()
        self.as_manager.action_unarchive()
        self.assertEqual(self.rulebook.policy_ids, before)
        self.assertFalse(any(archived.mapped("active")))
        self.assertFalse(self.rulebook.stopped_ids)
        self.assertTrue(
            self.env["revisit.issue.category"].search_count(
                [("rulebook_id", "=", self.rulebook.id)]
            )
        )

    def test_open_work_is_cancelled_as_chosen(self):
        policy = self.get_policy("appliance_purchase")
        callback = self.make_callback(policy)
        done = self.make_done(policy=policy)
        dialog = self.open_end("archive")
        dialog.open_work = "cancel"
        dialog.action_apply()
        self.assertEqual(
            (callback.state, callback.cancel_note),
            ("cancelled", "The rulebook was archived."),
        )
        self.assertEqual(done.state, "done")

    def test_waiting_touches_stay_or_are_cancelled(self):
        rulebook = self.install_rulebook("repair_shop")
        policy = rulebook.policy_ids.filtered(
            lambda p: p.code == "repair_shop_birthday"
        )
        touch = self.make_touch(policy)
        rulebook.with_user(self.manager).action_stop()
        self.assertEqual(touch.state, "planned")
        self.assertFalse(policy._is_touching("sms"), "it waits")
        rulebook.with_user(self.manager).action_unarchive()
        self.assertTrue(policy._is_touching("sms"))
        rulebook.with_user(self.manager).action_stop("cancel")
        self.assertEqual(touch.state, "cancelled")

    def test_only_the_company_is_stopped(self):
        other = self.make_company()
        theirs = (
            self.env["revisit.rulebook"].with_company(other).action_install("appliance")
        )
        self.as_manager.action_stop()
        self.assertEqual(len(theirs.policy_ids), 5)
        self.assertTrue(theirs.active)

    def test_agents_may_not(self):
        for user in (self.agent, self.supervisor):
            mine = self.rulebook.with_user(user)
            for name in ("action_stop", "action_take_out"):
                self.assertRaises(AccessError, getattr(mine, name))
            self.assertRaises(AccessError, mine.action_new_version, "Reason")
        self.assertRefused(
            UserError, "keep or cancel", self.as_manager.action_stop, "burn"
        )


@tagged("post_install", "-at_install")
class TestRulebookTakeOut(RulebookLifeCommon):
    """B0: under which nothing was done, a rulebook can be taken out again."""

    def test_taken_out_and_installed_again_as_new(self):
        policy = self.get_policy("appliance_repair")
        policy.delay_max = 9
        self.make_policy(name="VIP", code="vip", rulebook_id=self.rulebook.id)
        count = len(self.rulebook.with_context(active_test=False).policy_ids)
        dialog = self.open_end("take_out")
        self.assertFalse(dialog.use_text)
        self.assertEqual(
            set(dialog.edited_text.split("\n")),
            {"After a repair: days 2 to 5", "VIP"},
        )
        dialog.action_apply()
        self.assertEqual(self.rulebook.state, "available")
        self.assertFalse(self.rulebook.baseline or self.rulebook.effective_from)
        for model in ("revisit.policy", "revisit.issue.category", "revisit.script"):
            left = self.env[model].with_context(active_test=False)
            self.assertFalse(left.search([("rulebook_id", "=", self.rulebook.id)]))
        departments = self.env["hr.department"].search_count([])
        self.as_manager.action_install()
        again = self.get_policy("appliance_repair")
        self.assertEqual(again.delay_max, 5)
        self.assertEqual(
            len(self.rulebook.with_context(active_test=False).policy_ids), count - 1
        )
        self.assertEqual(self.env["hr.department"].search_count([]), departments)
        self.assertEqual(self.rulebook.version, 1)

    def test_refused_with_counts_where_something_was_done(self):
        self.make_callback(self.get_policy("appliance_purchase"))
        category = self.env["revisit.issue.category"].search(
            [("rulebook_id", "=", self.rulebook.id)], limit=1
        )
        self.make_issue(category_id=category.id)
        self.make_issue(category_id=category.id)
        self.assertIn("1 callbacks, 2 issues", self.open_end("take_out").use_text)
        self.assertRefused(
            UserError, "1 callbacks, 2 issues", self.as_manager.action_take_out
        )
        self.assertEqual(self.rulebook.state, "installed")

    def test_units_that_others_use_stay(self):
        unit = self.rulebook.policy_ids.team_id
        own = self.make_policy(team_id=unit.id)
        self.as_manager.action_take_out()
        self.assertEqual(own.team_id, unit)
        self.as_manager.action_install()
        self.assertEqual(self.rulebook.policy_ids.team_id, unit, "no second one")

    def test_customers_keep_their_attributes(self):
        rulebook = self.install_rulebook("utility")
        attribute = self.env["revisit.attribute"].search(
            [("rulebook_id", "=", rulebook.id), ("code", "=", "supply_kv")]
        )
        value = self.env["revisit.attribute.value"].create(
            {
                "partner_id": self.customer.id,
                "attribute_id": attribute.id,
                "number": 110,
            }
        )
        rulebook.with_user(self.manager).action_take_out()
        self.assertEqual(value.exists().number, 110)
        rulebook.with_user(self.manager).action_install()
        self.assertTrue(rulebook.policy_ids)

    def test_rulebooks_of_a_longer_code_keep_their_rows(self):
        """B0: the ids of property_c begin as those of property."""
        longer = self.install_rulebook("property_c")
        shorter = self.install_rulebook("property").with_user(self.manager)
        kept = {model: rows.ids for model, rows in self.get_rows(longer).items()}
        self.assertTrue(kept.get("revisit.team"))
        self.assertTrue(kept.get("hr.department"))
        own = self.get_rows(shorter)
        for model, rows in self.get_rows(longer).items():
            if model != "hr.department":
                self.assertFalse(own.get(model, rows.browse()) & rows, model)
        shorter.action_take_out()
        found = {model: rows.ids for model, rows in self.get_rows(longer).items()}
        self.assertEqual(found, kept)
        self.assertFalse(
            [row for row in longer.sudo()._preview() if row[2] == "deleted"]
        )

    def test_units_above_others_go_with_them(self):
        """B0: taking out leaves no unit behind, whatever the order of the rows."""
        for code in ("utility", "branch_network", "enterprise"):
            rulebook = self.install_rulebook(code)
            units = self.get_rows(rulebook)["revisit.team"]
            self.assertTrue(units.parent_id, code)
            rulebook.with_user(self.manager).action_take_out()
            self.assertFalse(units.exists(), code)

    def get_rows(self, rulebook):
        rows = rulebook.sudo()._get_export_records()
        return {model: records.exists() for model, records in rows.items()}

    def test_an_uploaded_rulebook_goes_for_good(self):
        data = self.as_manager._export_zip()
        other = self.make_company()
        self.manager.company_ids += other
        self.manager.group_ids += self.env.ref("sales_team.group_sale_manager")
        copy = (
            self.env["revisit.rulebook"]
            .with_user(self.manager)
            .with_company(other)
            ._upload(data, "ours")
        )
        self.assertTrue(copy.policy_ids)
        copy.action_take_out()
        self.assertFalse(copy.exists())


@tagged("post_install", "-at_install")
class TestRulebookEffect(RulebookLifeCommon):
    """B0: before it is in effect, a rulebook plans nothing."""

    def test_set_at_the_installation_by_the_companys_day(self):
        """The day in Shanghai has begun while it is still yesterday in UTC."""
        listed = self.env["revisit.rulebook"]._get_for_company("rewards")
        self.assertFalse(listed.effective_from)
        with self.at(datetime(2026, 3, 10, 17, 0)):
            listed.with_user(self.manager).action_install()
        self.assertEqual(listed.effective_from, date(2026, 3, 11))
        self.assertEqual(listed.owner_id, self.manager)

    def test_events_before_are_no_occasions(self):
        """In either planner, by the scheduled run, by hand and for the past."""
        self.rulebook.effective_from = date(2026, 3, 9)
        early = self.make_order(date=utc(ZONE, 2026, 3, 9) - timedelta(seconds=1))
        late = self.make_order(date=utc(ZONE, 2026, 3, 9))
        policy = self.get_policy("appliance_purchase")
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                savepoint = self.env.cr.savepoint()
                self.company.revisit_plan_through_orm = through_orm
                self.plan()
                policy.generate(NOW - timedelta(days=30), NOW)
                policy._plan_records(early)
                self.assertFalse(self.get_planned(early))
                self.assertTrue(self.get_planned(late))
                savepoint.rollback()
                savepoint.close(rollback=True)
                self.env.invalidate_all()
        self.rulebook.effective_from = False
        self.plan()
        self.assertTrue(self.get_planned(early))

    def test_a_past_range_says_why_it_plans_nothing(self):
        self.rulebook.effective_from = date(2026, 3, 9)
        policy = self.get_policy("appliance_purchase").with_user(self.manager)
        self.assertRefused(
            UserError,
            "plans nothing before 03/09/2026",
            policy.generate,
            NOW - timedelta(days=30),
            NOW - timedelta(days=10),
        )
        wizard = (
            self.env["revisit.plan.past"]
            .with_user(self.manager)
            .create(
                {
                    "policy_ids": policy.ids,
                    "date_from": "2026-02-01",
                    "date_to": "2026-03-10",
                }
            )
        )
        wizard.action_check()
        self.assertIn("Events before 03/09/2026 are left out", wizard.outcome)

    def test_periods_that_were_over_do_not_count(self):
        policy = self.make_policy(
            "periodic",
            recurrence="calendar",
            period_months=3,
            rulebook_id=self.rulebook.id,
        )
        for day, expected in ((1, 1), (31, 1)):
            self.rulebook.effective_from = date(2026, 3, day)
            self.assertEqual(len(policy._get_due_periods(NOW, NOW, True)), expected)
        self.rulebook.effective_from = date(2026, 4, 1)
        self.assertFalse(policy._get_due_periods(NOW, NOW, True))

    def test_a_replay_looks_further_back(self):
        """L9: what would it have done before it was there?"""
        self.rulebook.effective_from = date(2026, 3, 9)
        self.make_order(date=datetime(2026, 2, 2))
        policy = self.get_policy("appliance_purchase")
        planner = self.planner._for_company(self.company)
        details = planner._replay(policy, datetime(2026, 2, 1), datetime(2026, 2, 28))
        self.assertEqual(sum(row["callbacks"] for row in details), 1)


@tagged("post_install", "-at_install")
class TestRulebookReview(RulebookLifeCommon):
    """B0: the owner is reminded of the review, once per date."""

    def remind(self, moment):
        with self.at(moment):
            self.env["revisit.rulebook"]._cron_remind_reviews()
        return self.rulebook.activity_ids

    def test_one_reminder_per_review_date(self):
        self.rulebook.write({"owner_id": self.manager.id, "review_on": "2026-04-01"})
        self.assertFalse(self.remind(utc(ZONE, 2026, 3, 31, 23)))
        activity = self.remind(utc(ZONE, 2026, 4, 1))
        self.assertEqual(activity.user_id, self.manager)
        self.assertEqual(activity.date_deadline, date(2026, 4, 1))
        self.assertEqual(self.remind(utc(ZONE, 2026, 4, 2)), activity, "one")
        activity.action_done()
        self.assertFalse(self.remind(utc(ZONE, 2026, 4, 3)), "done is done")
        self.rulebook.review_on = "2026-05-01"
        self.assertEqual(len(self.remind(utc(ZONE, 2026, 5, 1))), 1)

    def test_owner_is_somebody_who_may_change_it(self):
        """L1, B0: no dealer, no customer, no agent, nobody of another company."""
        for user in (self.portal_a, self.portal_customer, self.agent, self.supervisor):
            with self.subTest(user=user.login):
                self.assertRefused(
                    ValidationError,
                    "only callback managers change rulebooks",
                    self.rulebook.write,
                    {"owner_id": user.id},
                )
                self.env.invalidate_all()

    def test_owner_who_has_left_is_not_reminded(self):
        """B0: archived, or without the role: a manager of the company is."""
        other = self.make_user("revisit_other_manager", MANAGER_GROUP)
        for leave in (
            lambda: self.manager.write({"active": False}),
            lambda: self.manager.write({"group_ids": [Command.clear()]}),
        ):
            self.rulebook.write({"owner_id": other.id, "review_on": "2026-04-01"})
            self.rulebook.owner_id = self.manager
            with self.subTest(), closing(self.cr.savepoint()):
                leave()
                reminded = self.remind(utc(ZONE, 2026, 4, 1)).user_id
                self.assertTrue(reminded.has_group(MANAGER_GROUP))
                self.assertNotEqual(reminded, self.manager)
            self.env.invalidate_all()

    def test_nobody_to_remind_and_nothing_installed(self):
        self.rulebook.write({"owner_id": False, "review_on": "2026-03-01"})
        self.assertFalse(self.remind(NOW))
        self.rulebook.owner_id = self.manager
        self.as_manager.action_stop()
        self.assertFalse(self.remind(NOW), "archived")


@tagged("post_install", "-at_install")
class TestRulebookVersion(RulebookLifeCommon):
    """B0: a version is a deliberate step, with its reason and what has changed."""

    def test_version_tells_what_changed(self):
        policy = self.get_policy("appliance_repair").with_user(self.manager)
        policy.delay_max = 9
        self.make_policy(name="VIP", code="vip", rulebook_id=self.rulebook.id)
        dialog = (
            self.env["revisit.rulebook.raise"]
            .with_user(self.manager)
            .create({"rulebook_id": self.rulebook.id, "reason": "Longer"})
        )
        self.assertIn("After a repair: days 2 to 5, Latest: 5 → 9", dialog.changes_text)
        dialog.action_apply()
        self.assertEqual(self.rulebook.version, 2)
        self.env.invalidate_all()
        second, first = self.rulebook.version_ids
        self.assertEqual((first.number, first.reason), (1, "Installed"))
        self.assertEqual(
            (second.number, second.reason, second.user_id),
            (2, "Longer", self.manager),
        )
        changed = [change for change in second.changes if change[2]]
        self.assertEqual(
            changed,
            [
                [
                    "revisit.policy",
                    "After a repair: days 2 to 5",
                    "delay_max",
                    "5",
                    "9",
                ]
            ],
        )
        self.assertIn("VIP: added", second.changes_text)
        self.as_manager.action_new_version("Nothing more")
        self.env.invalidate_all()
        self.assertFalse(self.rulebook.version_ids[0].changes)

    def test_callbacks_keep_the_version_they_were_made_under(self):
        first = self.make_order(date=NOW)
        self.plan()
        self.as_manager.action_new_version("Longer windows")
        second = self.make_order(date=NOW)
        self.plan()
        self.assertEqual(self.get_planned(first).rulebook_version, 1)
        self.assertEqual(self.get_planned(second).rulebook_version, 2)

    def test_no_version_without_the_step(self):
        for reason in ("", "  ", None, 3):
            self.assertRefused(
                UserError, "Say why", self.as_manager.action_new_version, reason
            )
        for vals in ({"version": 7}, {"stopped_ids": {"res.users": [2]}}):
            self.assertRefused(AccessError, "own steps", self.as_manager.write, vals)
            self.assertRefused(
                AccessError,
                "own steps",
                self.as_manager.create,
                {"name": "Own", "code": "own", **vals},
            )
        available = self.env["revisit.rulebook"]._get_for_company("rewards")
        self.assertRefused(
            UserError,
            "not installed",
            available.with_user(self.manager).action_new_version,
            "Reason",
        )

    def test_history_is_nobodys_to_write(self):
        history = self.rulebook.version_ids
        for user in (self.manager, self.supervisor):
            mine = history.with_user(user)
            self.assertEqual(mine.mapped("number"), [1])
            self.assertRaises(AccessError, mine.write, {"reason": "Other"})
            self.assertRaises(AccessError, mine.unlink)
            self.assertRaises(
                AccessError,
                mine.create,
                {"rulebook_id": self.rulebook.id, "number": 9, "reason": "x"},
            )
        self.assertRaises(AccessError, history.with_user(self.agent).read, ["reason"])
        other = self.make_company()
        stranger = self.make_user(
            "revisit_stranger",
            "revisit_management.group_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        self.assertFalse(
            self.env["revisit.rulebook.version"]
            .with_user(stranger)
            .search([("rulebook_id", "=", self.rulebook.id)])
        )


@tagged("post_install", "-at_install")
class TestMandatory(RulebookLifeCommon):
    """B2: what the rules demand is not cancelled without a reason."""

    def test_reason_of_a_mandatory_callback(self):
        callback = self.make_callback(self.get_policy("appliance_purchase"))
        self.assertTrue(callback.is_mandatory)
        mine = callback.with_user(self.supervisor)
        for reason in (None, "", "  ", 7):
            self.assertRefused(
                UserError, "say why it is cancelled", mine.action_cancel, reason
            )
        action = mine.action_open_cancel()
        dialog = (
            self.env["revisit.callback.cancel"]
            .with_user(self.supervisor)
            .with_context(**action["context"])
            .create({"reason": "Called twice"})
        )
        self.assertTrue(dialog.is_mandatory)
        dialog.action_apply()
        self.assertEqual(
            (callback.state, callback.cancel_note), ("cancelled", "Called twice")
        )
        mine.action_reopen()
        self.assertFalse(callback.cancel_note)
        self.assertRaises(AccessError, mine.write, {"cancel_note": "Other"})

    def test_others_need_none(self):
        callback = self.make_callback()
        self.assertFalse(callback.is_mandatory)
        callback.with_user(self.supervisor).action_cancel()
        self.assertEqual(callback.state, "cancelled")

    def test_mandatory_ones_are_found(self):
        demanded = self.make_callback(self.get_policy("appliance_purchase"))
        other = self.make_callback()
        found = self.callbacks.search(
            [
                ("id", "in", (demanded + other).ids),
                ("policy_id.is_mandatory", "=", True),
            ]
        )
        self.assertEqual(found, demanded)


@tagged("post_install", "-at_install")
class TestNewColumns(RulebookLifeCommon):
    """B0: a column that a later release ships reaches rows that nobody has edited."""

    def drop_column(self, name):
        """Let the rulebook look as if it were loaded before the column was shipped."""
        self.rulebook.baseline = {
            xmlid: {key: cell for key, cell in cells.items() if key != name}
            for xmlid, cells in self.rulebook.baseline.items()
        }

    def test_marks_reach_an_older_installation(self):
        policy = self.get_policy("appliance_issue_resolved")
        other = self.get_policy("appliance_repair")
        policy.write({"our_values": False, "delay_max": 8})
        self.drop_column("our_values")
        changed = [
            line
            for line in self.rulebook._preview()
            if line[2:] != ("kept", ["delay_max"])
        ]
        self.assertIn(
            ("revisit.policy", "policy_issue_resolved", "changed", ["our_values"]),
            changed,
        )
        self.as_manager.action_install()
        self.assertEqual(
            (policy.our_values, policy.delay_max), ("delay_min delay_max", 8)
        )
        self.assertFalse(other.our_values)
        self.assertFalse(
            [line for line in self.rulebook._preview() if line[2] == "changed"]
        )

    def test_own_values_of_a_new_column_stay(self):
        policy = self.get_policy("appliance_issue_resolved")
        policy.our_values = "channel"
        self.drop_column("our_values")
        self.as_manager.action_install()
        self.assertEqual(policy.our_values, "channel")
        self.as_manager.action_install()
        self.assertEqual(policy.our_values, "channel")

    def test_upgrade_marks_rows_without_an_update(self):
        policy = self.get_policy("appliance_issue_resolved")
        policy.write({"our_values": False, "delay_max": 8})
        self.drop_column("our_values")
        self.rulebook._load_marks("revisit_management")
        self.assertEqual(
            (policy.our_values, policy.delay_max), ("delay_min delay_max", 8)
        )
        self.assertFalse(
            [line for line in self.rulebook._preview() if line[2] == "changed"]
        )
