# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import NOW, SECOND, ZONE, RevisitCommon, utc


@tagged("post_install", "-at_install")
class TestQueue(RevisitCommon):
    """C1: the next callback is the most urgent one that nobody else is on."""

    def get_next(self, user=None):
        action = self.callbacks.with_user(user or self.agent).action_next_callback()
        return self.callbacks.browse(action.get("res_id", ()))

    def make_waiting(self, partner=None, **values):
        partner = partner or self.make_customer("Waiting")
        return self.make_callback(partner_id=partner.id, **values)

    def test_promise_then_own_then_the_units_queue(self):
        pool = self.make_waiting(window_end=NOW + timedelta(hours=1))
        own = self.make_waiting(user_id=self.agent.id)
        promised = self.make_waiting(
            user_id=self.agent.id, window_end=utc(ZONE, 2026, 3, 20)
        )
        promised.with_user(self.agent).action_log_attempt(
            "rescheduled", next_at=NOW + timedelta(hours=1)
        )
        with self.at(NOW + timedelta(hours=1)):
            for wanted in (promised, own, pool):
                found = self.get_next()
                self.assertEqual(found, wanted)
                self.assertEqual(found.user_id, self.agent)
                found.with_user(self.agent).action_log_attempt("reached")
                found.with_user(self.agent).action_done(satisfaction=80)
            self.assertFalse(self.get_next())

    def test_two_agents_get_two_customers(self):
        first = self.make_waiting(window_end=NOW + timedelta(hours=1))
        same = self.make_waiting(
            first.partner_id,
            policy=self.make_policy("manual"),
            window_end=NOW + timedelta(hours=2),
        )
        other = self.make_waiting(window_end=NOW + timedelta(hours=3))
        self.assertEqual(self.get_next(), first)
        self.assertEqual(self.get_next(self.agent2), other)
        self.assertEqual(same.with_user(self.agent2).busy_user_id, self.agent)
        self.assertFalse(same.with_user(self.agent).busy_user_id)
        # the talk is over, or the browser was closed a while ago
        with self.at(NOW + timedelta(minutes=16)):
            self.assertEqual(self.get_next(self.agent2), other)
            other.with_user(self.agent2).action_log_attempt("no_answer")
            self.assertEqual(self.get_next(self.agent2), same)

    def test_customer_is_free_after_the_talk(self):
        first = self.make_waiting(window_end=NOW + timedelta(hours=1))
        same = self.make_waiting(first.partner_id, policy=self.make_policy("manual"))
        self.assertEqual(self.get_next(), first)
        self.assertFalse(self.get_next(self.agent2))
        first.with_user(self.agent).action_log_attempt("reached")
        self.assertFalse(self.get_next(self.agent2))
        first.with_user(self.agent).action_done(satisfaction=90)
        self.assertEqual(self.get_next(self.agent2), same)

    def test_nobody_is_called_at_night(self):
        self.company.revisit_touch_hour_from = 9
        self.company.revisit_touch_hour_to = 20
        abroad = self.make_customer("Abroad", tz="Europe/Berlin")
        sleeping = self.make_waiting(abroad, window_end=NOW + SECOND)
        awake = self.make_waiting()
        self.assertEqual(self.get_next(), awake)
        awake.with_user(self.agent).action_log_attempt("refused")
        awake.with_user(self.agent).action_done()
        with self.at(utc("Europe/Berlin", 2026, 3, 10, 9)):
            self.assertEqual(self.get_next(), sleeping)

    def test_failed_try_is_due_again_by_the_rule_of_the_policy(self):
        """C3: no answer and busy wait for their time, and then come first."""
        policy = self.make_policy("manual", retry_no_answer=90, retry_busy=10)
        callback = self.make_waiting(policy=policy, user_id=self.agent.id)
        other = self.make_waiting(user_id=self.agent.id)
        as_agent = callback.with_user(self.agent)
        as_agent.action_log_no_answer()
        self.assertEqual(callback.next_attempt_at, NOW + timedelta(minutes=90))
        self.assertEqual(self.get_next(), other)
        as_agent.action_log_busy()
        self.assertEqual(callback.next_attempt_at, NOW + timedelta(minutes=10))
        with self.at(NOW + timedelta(minutes=10)):
            self.assertEqual(self.get_next(), callback)
        wish = NOW + timedelta(hours=5)
        as_agent.action_log_attempt("rescheduled", next_at=wish)
        self.assertEqual(callback.next_attempt_at, wish)

    def test_next_try_waits_for_an_hour_of_calls(self):
        """C3, K7: the rule of the policy at the end of a day; the customer's clock."""
        policy = self.make_policy("manual", retry_no_answer=120)
        abroad = self.make_customer(
            "Abroad", tz="Europe/Berlin", callback_hour_from=10.5
        )
        for partner, tried, due in (
            (None, utc(ZONE, 2026, 3, 10, 17), utc(ZONE, 2026, 3, 10, 19)),
            (None, utc(ZONE, 2026, 3, 10, 18), utc(ZONE, 2026, 3, 11, 9)),
            (None, utc(ZONE, 2026, 3, 10, 22, 30), utc(ZONE, 2026, 3, 11, 9)),
            (
                abroad,
                utc("Europe/Berlin", 2026, 3, 10, 19),
                utc("Europe/Berlin", 2026, 3, 11, 10, 30),
            ),
        ):
            with self.subTest(tried=tried), self.at(tried):
                callback = self.make_waiting(
                    partner, policy=policy, user_id=self.agent.id
                )
                callback.with_user(self.agent).action_log_no_answer()
                self.assertEqual(callback.next_attempt_at, due)

    def test_time_to_call_again_is_an_hour_of_calls(self):
        """C3, K7: else it is refused with the hours; a supervisor may enter it."""
        night = utc(ZONE, 2026, 3, 12, 3)
        abroad = self.make_customer("Abroad", tz="Europe/Berlin")
        mine = self.make_waiting(user_id=self.agent.id).with_user(self.agent)
        theirs = self.make_waiting(abroad, user_id=self.agent.id).with_user(self.agent)
        for callback, moment, zone in (
            (mine, night, ZONE),
            (mine, utc(ZONE, 2026, 3, 12, 20), ZONE),
            (theirs, utc(ZONE, 2026, 3, 12, 10), "Europe/Berlin"),
        ):
            hours = rf"from 09:00 to 20:00 \({zone}\)"
            with self.subTest(moment=moment):
                with (
                    self.assertRaisesRegex(ValidationError, hours),
                    self.env.cr.savepoint(),
                ):
                    callback.action_log_attempt("rescheduled", next_at=moment)
                self.assertFalse(callback.attempt_ids)
        mine.action_log_attempt("rescheduled", next_at=utc(ZONE, 2026, 3, 12, 19))
        with self.assertRaisesRegex(ValidationError, "from 09:00 to 20:00"):
            mine.attempt_ids.next_at = night
        leader = mine.with_user(self.supervisor)
        leader.action_log_attempt("rescheduled", next_at=night)
        self.assertEqual(leader.next_attempt_at, night)

    def test_time_to_call_again_is_near(self):
        """C3: a year that is mistyped is refused, whoever types it."""
        callback = self.make_waiting(user_id=self.agent.id)
        for user in (self.agent, self.supervisor):
            with self.assertRaisesRegex(ValidationError, "more than a year ahead"):
                callback.with_user(user).action_log_attempt(
                    "rescheduled", next_at=utc(ZONE, 2027, 3, 12, 10)
                )

    def test_other_units_and_claims_are_out_of_reach(self):
        """K1: an agent takes from their own units, and writes no claim."""
        self.make_waiting(team_id=self.make_team("Others").id)
        self.assertFalse(self.get_next())
        own = self.make_waiting()
        self.get_next()
        claim = self.env["revisit.claim"].search(
            [("partner_id", "=", own.partner_id.id)]
        )
        for user in (self.agent, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                claim.with_user(user).read(["user_id"])
            with self.assertRaises(AccessError):
                claim.with_user(user).write({"until": NOW})


@tagged("post_install", "-at_install")
class TestOutcomes(RevisitCommon):
    """C3: a button for each outcome, and what it brings about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+86 138 0013 8000"
        cls.callback = cls.make_callback(user_id=cls.agent.id)

    def open(self, action):
        self.assertEqual(action["target"], "new")
        return (
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
            .create({})
        )

    def test_call_again_offers_times_of_the_customer(self):
        self.customer.tz = "Europe/Berlin"
        wizard = self.open(self.callback.with_user(self.agent).action_open_call_again())
        self.assertEqual(wizard.next_at, NOW + timedelta(hours=1))
        wizard.choice = "evening"
        self.assertEqual(wizard.next_at, utc("Europe/Berlin", 2026, 3, 10, 18, 30))
        wizard.choice = "tomorrow"
        self.assertEqual(wizard.next_at, utc("Europe/Berlin", 2026, 3, 11, 10))
        wizard.action_apply()
        self.assertEqual(self.callback.attempt_ids.outcome, "rescheduled")
        self.assertEqual(self.callback.next_attempt_at, wizard.next_at)
        wizard.write({"choice": "other", "next_at": NOW})
        with self.assertRaisesRegex(UserError, "over already"):
            wizard.action_apply()

    def test_wrong_number_is_corrected_by_who_calls(self):
        wizard = self.open(
            self.callback.with_user(self.agent).action_log_wrong_number()
        )
        for wrong in ("12", "+86 13800138000"):
            wizard.phone = wrong
            with self.subTest(phone=wrong), self.assertRaises(UserError):
                wizard.action_apply()
        self.assertFalse(self.callback.attempt_ids)
        wizard.phone = "+86 139 0013 9000"
        wizard.action_apply()
        self.assertEqual(self.callback.attempt_ids.outcome, "wrong_number")
        self.assertIn("13900139000", self.customer.phone.replace(" ", ""))
        self.assertFalse(self.customer.phone_wrong_on)
        notes = " ".join(self.callback.message_ids.mapped("body"))
        self.assertIn("corrected the phone number", notes)
        self.assertNotIn("139", notes)

    def test_number_that_nobody_knows_is_marked(self):
        wizard = self.open(
            self.callback.with_user(self.agent).action_log_wrong_number()
        )
        wizard.action_apply()
        self.assertEqual(self.customer.phone_wrong_on, NOW.date())
        self.customer.phone = "+86 13900139000"
        self.assertFalse(self.customer.phone_wrong_on)

    def test_refused_asks_for_the_words_first(self):
        action = self.callback.with_user(self.agent).action_log_refused()
        self.assertFalse(self.callback.attempt_ids)
        wizard = self.open(action)
        self.assertEqual(wizard.result, "refused")
        wizard.action_finish()
        self.assertEqual(self.callback.result, "refused")

    def test_colleagues_callback_is_not_theirs(self):
        """K1: the dialogs are no way round the rules."""
        callback = self.make_callback(user_id=self.agent2.id)
        dialogs = self.env["revisit.callback.again"].with_user(self.agent)
        with self.assertRaises(AccessError):
            dialogs.create({"callback_id": callback.id, "outcome": "wrong_number"})
        with self.assertRaises(AccessError):
            callback.with_user(self.agent)._correct_number("+8613900139000", "")
        self.assertEqual(self.customer.phone, "+86 138 0013 8000")


@tagged("post_install", "-at_install")
class TestParked(RevisitCommon):
    """C1, C3: a wrong number is offered again when somebody knows the right one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env.ref("revisit_management.activity_type_callback_number")
        cls.customer.phone = "+86 138 0013 8000"
        cls.first = cls.make_callback(user_id=cls.agent.id)
        cls.second = cls.make_callback(
            partner_id=cls.make_customer("Second", phone="+86 139 0013 9000").id,
            user_id=cls.agent.id,
            window_end=utc(ZONE, 2026, 3, 14),
        )

    def get_next(self):
        action = self.callbacks.with_user(self.agent).action_next_callback()
        return self.callbacks.browse(action.get("res_id", ()))

    def get_tasks(self, callback=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "revisit.callback"),
                ("res_id", "in", (callback or self.first).ids),
                ("activity_type_id", "=", self.kind.id),
            ]
        )

    def test_wrong_number_is_parked_and_somebody_finds_the_right_one(self):
        self.assertEqual(self.get_next(), self.first)
        self.first.with_user(self.agent)._correct_number("")
        self.assertEqual(self.get_next(), self.second)
        self.second.with_user(self.agent).action_log_attempt("reached")
        self.second.with_user(self.agent).action_done(satisfaction=80)
        self.assertFalse(self.get_next())
        task = self.get_tasks()
        self.assertEqual(task.user_id, self.supervisor)
        self.assertIn(self.agent.name, task.note)
        # written anew, it is still the number that was wrong
        self.customer.phone = "+86 13800138000"
        self.assertTrue(self.customer.phone_wrong_on)
        self.assertFalse(self.get_next())
        self.customer.with_user(self.supervisor).sudo().phone = "+86 13700137000"
        self.assertFalse(self.customer.phone_wrong_on)
        self.assertFalse(self.get_tasks())
        self.assertEqual(self.get_next(), self.first)

    def test_task_is_given_once_for_each_customer(self):
        other = self.make_callback(user_id=self.agent.id)
        for callback in (self.first, self.first, other):
            callback.with_user(self.agent)._correct_number("")
        self.assertEqual(len(self.get_tasks(self.first | other)), 1)

    def test_every_unit_that_calls_has_the_task(self):
        """C3: one for each unit, not for each callback; the calls of all wait."""
        boss = self.make_user("far_boss", "revisit_management.group_supervisor")
        far_agent = self.make_user("far_agent", "revisit_management.group_agent")
        far = self.make_team("Far", members=far_agent, manager=boss)
        away = self.make_team("Visits", members=self.agent2, manager=self.manager)
        theirs = {"team_id": far.id, "user_id": far_agent.id}
        late = self.make_callback(**theirs, window_end=utc(ZONE, 2026, 3, 15))
        soon = self.make_callback(**theirs)
        visit = self.make_callback(team_id=away.id, channel="visit")
        done = self.make_done(team_id=away.id, user_id=self.agent2.id)
        own = self.make_callback(user_id=self.agent.id)
        everything = self.first | own | late | soon | visit | done
        for caller in (self.first, own, self.first):
            caller.with_user(self.agent)._correct_number("")
        tasks = self.get_tasks(everything)
        self.assertEqual(
            {(task.res_id, task.user_id) for task in tasks},
            {(self.first.id, self.supervisor), (soon.id, boss)},
        )
        self.assertEqual(len(tasks), 2)
        soon.with_user(far_agent)._correct_number("")
        self.assertEqual(self.get_tasks(everything), tasks)
        self.customer.phone = "+86 13700137000"
        self.assertFalse(self.get_tasks(everything))

    def make_far(self):
        boss = self.make_user("far_boss", "revisit_management.group_supervisor")
        agents = self.make_user("far_agent", "revisit_management.group_agent")
        return self.make_team("Far", members=agents, manager=boss)

    def test_units_whose_work_comes_later_have_the_task(self):
        """C3, B8: planned by either planner, once for each unit and customer."""
        self.first.with_user(self.agent)._correct_number("")
        far = self.make_far()
        for team in (far, far, self.team):
            self.make_policy(team_id=team.id, delay_max=9)
        visits = self.make_team("Visits", manager=self.manager)
        self.make_policy(team_id=visits.id, channel="visit", delay_max=9)
        order = self.make_order(date=NOW)
        for through_orm in (False, True):
            with self.subTest(through_orm=through_orm):
                self.get_planned(order).unlink()
                self.company.revisit_plan_through_orm = through_orm
                for _run in range(2):
                    self.plan()
                planned = self.get_planned(order)
                self.assertEqual(len(planned), 4)
                task = self.get_tasks(planned)
                self.assertEqual(task.user_id, far.manager_id)
                self.assertIn("before your unit had to call", task.note)
                self.assertIn("03/10/2026", task.note)
        self.customer.phone = "+86 13700137000"
        self.assertFalse(self.get_tasks(planned + self.first))

    def test_task_goes_on_with_the_unit_s_next_call(self):
        """C3: it does not stay on a call that is cancelled, or becomes a visit."""
        calls = [self.make_callback(user_id=self.agent.id) for _number in range(2)]
        self.first.with_user(self.agent)._correct_number("")
        self.first.with_user(self.supervisor).action_cancel("He moved away")
        self.assertFalse(self.get_tasks())
        self.assertEqual(len(self.get_tasks(calls[0] + calls[1])), 1)
        for call in calls:
            call.with_user(self.supervisor).channel = "visit"
        self.assertFalse(self.get_tasks(calls[0] + calls[1]))

    def test_units_that_are_given_the_work_later_have_the_task(self):
        """C3: by hand, passed on, by another channel, or reopened."""
        self.first.with_user(self.agent)._correct_number("")
        far = self.make_far()
        passed_on, visit, reopened = (
            self.make_callback(**values)
            for values in (
                {},
                {"team_id": far.id, "channel": "visit"},
                {"team_id": far.id, "state": "cancelled"},
            )
        )
        everything = passed_on + visit + reopened
        self.assertFalse(self.get_tasks(everything))
        for callback, step in (
            (passed_on, lambda: passed_on.write({"team_id": far.id})),
            (visit, lambda: visit.write({"channel": "phone"})),
            (reopened, lambda: reopened.sudo().action_reopen()),
        ):
            step()
            self.assertEqual(self.get_tasks(everything).res_id, callback.id)
            callback.sudo().action_cancel("x")
            self.assertFalse(self.get_tasks(everything))
        planned = self.make_callback(team_id=far.id)
        self.assertEqual(self.get_tasks(planned).user_id, far.manager_id)
        self.make_callback(team_id=far.id)
        calls = self.callbacks.search([("team_id", "=", far.id)])
        self.assertEqual(len(self.get_tasks(calls)), 1)

    def test_mark_is_the_step_s(self):
        """K1: whoever edits contacts neither sets it nor takes it away."""
        editor = self.make_user("editor", "base.group_partner_manager")
        theirs = self.customer.with_user(editor)
        for value in ("2026-03-10", False):
            for user in (editor, self.manager):
                with self.subTest(value=value), self.assertRaises(AccessError):
                    self.customer.with_user(user).phone_wrong_on = value
            with self.assertRaises(AccessError):
                theirs.create({"name": "X", "phone_wrong_on": value})
        self.env["ir.default"].sudo().set(
            "res.partner", "phone_wrong_on", "2026-03-10", user_id=editor.id
        )
        for contacts in (
            theirs,
            theirs.with_context(default_phone_wrong_on="2026-03-10"),
        ):
            self.assertFalse(contacts.create({"name": "X"}).phone_wrong_on)
        self.first.with_user(self.agent)._correct_number("")
        self.assertTrue(self.customer.phone_wrong_on)
        theirs.phone = "+86 13700137000"
        self.assertFalse(self.customer.phone_wrong_on)

    def test_visit_needs_no_number(self):
        self.first.with_user(self.agent)._correct_number("")
        self.first.with_user(self.supervisor).channel = "visit"
        self.assertEqual(self.get_next(), self.first)

    def test_number_of_the_company_counts_for_its_contacts(self):
        firm = self.make_customer("Firm", is_company=True, phone="+86 21 5555 0000")
        self.first.partner_id = self.make_customer("Buyer", parent_id=firm.id)
        self.first.partner_id.phone = False
        self.first.with_user(self.agent)._correct_number("")
        self.assertEqual(self.get_next(), self.second)
        firm.phone = "+86 21 5555 1111"
        self.assertFalse(self.first.partner_id.phone_wrong_on)
        self.assertEqual(self.get_next(), self.first)

    def test_planned_retry_does_not_delay_the_right_number(self):
        self.first.with_user(self.agent).action_log_attempt(
            "rescheduled", next_at=NOW + timedelta(hours=5)
        )
        with self.at(NOW + timedelta(minutes=1)):
            self.first.with_user(self.agent)._correct_number("")
            self.customer.phone = "+86 13700137000"
            self.assertEqual(self.get_next(), self.first)

    def test_unit_without_a_manager(self):
        """The agent has the task; no outcome fails for want of somebody."""
        self.team.manager_id = False
        self.first.with_user(self.agent)._correct_number("")
        self.assertEqual(self.get_tasks().user_id, self.agent)


@tagged("post_install", "-at_install")
class TestNobodyNow(RevisitCommon):
    """C1: where nobody may be called now, the moment is told at which somebody may."""

    def get_message(self):
        action = self.callbacks.with_user(self.agent).action_next_callback()
        return action["params"]["message"].replace("\u202f", " ")

    def test_hours_begin_later_today(self):
        early = self.make_callback(user_id=self.agent.id)
        # its window opens at midnight, long before its customer may be called
        self.make_callback(
            partner_id=self.make_customer("Tomorrow").id,
            user_id=self.agent.id,
            window_start=utc(ZONE, 2026, 3, 11),
        )
        with self.at(utc(ZONE, 2026, 3, 10, 6, 30)):
            message = self.get_message()
        self.assertIn("due from 9:00 AM:", message)
        self.assertIn(early.display_name, message)

    def test_hours_are_over_for_today(self):
        callback = self.make_callback(user_id=self.agent.id)
        callback.partner_id.callback_hour_from = 10
        with self.at(utc(ZONE, 2026, 3, 10, 21)):
            message = self.get_message()
        self.assertIn("due from 3/11/26, 10:00 AM:", message)

    def test_letter_is_written_at_any_hour(self):
        self.make_callback(
            self.make_policy("manual", channel="letter"),
            user_id=self.agent.id,
            window_start=utc(ZONE, 2026, 3, 11),
        )
        with self.at(utc(ZONE, 2026, 3, 10, 21)):
            self.assertIn("due from 3/11/26, 12:00 AM:", self.get_message())

    def test_wrong_number_is_not_announced(self):
        callback = self.make_callback(user_id=self.agent.id)
        callback.partner_id.phone = "+86 13800138000"
        callback.with_user(self.agent)._correct_number("")
        with self.at(utc(ZONE, 2026, 3, 10, 21)):
            self.assertIn("Well done", self.get_message())
