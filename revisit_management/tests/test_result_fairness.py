# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import ZONE, utc
from .test_results import ResultCase


class FairCase(ResultCase):
    """People of two units, for whom results count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        agent, supervisor = (
            f"revisit_management.group_{role}" for role in ("agent", "supervisor")
        )
        cls.stranger = cls.make_user("stranger", agent)
        cls.supervisor2 = cls.make_user("supervisor2", supervisor)
        cls.team2 = cls.make_team("Other", cls.stranger, cls.supervisor2)
        people = cls.agent | cls.agent2 | cls.stranger
        cls.employees = {
            user: cls.env["hr.employee"].create(
                {"name": user.login, "user_id": user.id}
            )
            for user in people
        }


@tagged("post_install", "-at_install")
class TestTakenBack(FairCase):
    """C7, C8: what is taken back leaves its words, and nothing late goes."""

    def test_late_promise_stays(self):
        """C7: once the promised time is over, it counts."""
        result = self.note("promise")
        with freeze_time(utc(ZONE, 2026, 3, 12)):
            result.invalidate_recordset()
            self.assertFalse(result.may_take_back)
            with self.assertRaisesRegex(UserError, "promised time is over"):
                result.action_take_back()
            console = self.env["revisit.console"].with_user(self.agent)
            with self.assertRaisesRegex(UserError, "promised time is over"):
                console.drop_result(self.callback.id, result.id)
        self.assertTrue(result.exists())

    def test_by_whoever_noted_it_with_a_trace(self):
        """C7, C8: nobody else takes it back; the callback keeps what it said."""
        result = self.note("promise", words="The price of a door")
        for user in (self.supervisor, self.manager):
            with self.assertRaisesRegex(UserError, "only who has noted it"):
                result.with_user(user).action_take_back()
        name = result.display_name
        result.action_take_back()
        traces = self.env["revisit.trace"].search(
            [
                ("res_model", "=", "revisit.callback"),
                ("res_id", "=", self.callback.id),
                ("part_model", "=", "revisit.result"),
            ]
        )
        self.assertEqual(traces.user_id, self.agent)
        self.assertEqual(set(traces.mapped("part")), {name})
        old = {trace.field_name: trace.value_pair["old"] for trace in traces}
        self.assertEqual(old["words"], "The price of a door")
        self.assertEqual(old["promised_on"], "2026-03-11")


@tagged("post_install", "-at_install")
class TestPromisedByOthers(FairCase):
    """C7, K1: nobody lets a promise count for others who could not keep it."""

    def test_agents_name_colleagues_of_the_unit(self):
        """C7: not people of other units, and none with too little time left."""
        with self.assertRaisesRegex(UserError, "does not belong to the unit"):
            self.note("promise", owner_id=self.stranger.id)
        with self.assertRaisesRegex(UserError, "does not belong to the unit"):
            self.note("promise", user=self.supervisor, owner_id=self.stranger.id)
        given = self.note("promise", owner_id=self.agent2.id)
        self.assertEqual(given.sudo().employee_id, self.employees[self.agent2])
        today = {"promised_on": "2026-03-10"}
        with freeze_time(utc(ZONE, 2026, 3, 10, 23, 50)):
            with self.assertRaisesRegex(UserError, "Less than an hour"):
                self.note("promise", owner_id=self.agent2.id, **today)
            mine = self.note("promise", **today)
            by_manager = self.note(
                "promise", user=self.manager, owner_id=self.stranger.id, **today
            )
        self.assertEqual(mine.owner_id, self.agent)
        self.assertEqual(by_manager.owner_id, self.stranger)
        for wrong in ("Li", {}):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.note("promise", owner_id=wrong)

    def test_given_at_the_last_moment_counts_for_the_one_before(self):
        """C7: a promise that is nearly late is not let fall on somebody else."""
        result = self.note("promise")
        with freeze_time(utc(ZONE, 2026, 3, 11, 23, 59, 54)):
            result.with_user(self.supervisor).owner_id = self.agent2
        self.assertEqual(result.owner_id, self.agent2)
        self.assertEqual(result.sudo().employee_id, self.employees[self.agent])

    def test_only_supervisors_of_the_unit_give_it_away(self):
        """C7, K1: a supervisor who helps out in another unit is an agent there."""
        self.callback.user_id = self.supervisor2
        result = self.note("promise", user=self.supervisor2)
        with self.assertRaises(AccessError):
            result.owner_id = self.agent
        result.with_user(self.supervisor).owner_id = self.agent


@tagged("post_install", "-at_install")
class TestAnswered(FairCase):
    """C7, K1: a promise is kept by whom it counts for, with words."""

    def test_who_noted_it_does_not_keep_it_for_others(self):
        """C7: the owner answers, or a supervisor of the unit."""
        result = self.note("promise", owner_id=self.agent2.id)
        self.assertFalse(result.may_answer)
        with self.assertRaisesRegex(AccessError, "the answer is given by"):
            result.action_answer("Told them")
        self.callback.user_id = self.supervisor2
        other = self.note("promise", user=self.supervisor2, owner_id=self.agent2.id)
        with self.assertRaisesRegex(AccessError, "the answer is given by"):
            other.action_answer("Told them")
        task = other.activity_ids.with_user(self.supervisor2)
        with self.assertRaisesRegex(AccessError, "the answer is given by"):
            task.action_feedback("Told them")
        result.with_user(self.agent2).action_answer("Told them")
        other.with_user(self.supervisor).action_answer("Told them")
        self.assertEqual(result.answer_state, "kept")
        self.assertEqual(other.answer_state, "kept")

    def test_no_answer_without_words(self):
        """C7: a full stop tells nobody anything, in the list of tasks neither."""
        result = self.note("promise")
        task = result.activity_ids.with_user(self.agent)
        for nothing in (".", " - ", "…", "", False):
            with self.subTest(nothing):
                with self.assertRaisesRegex(UserError, "Write down what"):
                    result.action_answer(nothing)
                with self.assertRaisesRegex(UserError, "Write down what"):
                    task.action_feedback(nothing)
        with self.assertRaisesRegex(UserError, "Write down what"):
            self.note("need", words="...")
        result.action_answer("好")
        self.assertEqual(result.answer_state, "kept")


@tagged("post_install", "-at_install")
class TestRewarded(FairCase):
    """C7, K1: nobody finds their own suggestion valuable, or refers themselves."""

    def test_own_suggestion_is_valued_by_others(self):
        """C7: neither supervisors nor managers, unless the rulebook says so."""
        for user in (self.supervisor, self.manager):
            result = self.note("suggestion", user=user)
            self.assertFalse(result.may_value)
            with self.assertRaisesRegex(AccessError, "noted it yourself"):
                result.action_value()
        result.with_user(self.supervisor).action_value()
        self.assertEqual(result.valued_by_id, self.supervisor)

    def test_addresses_that_nobody_reads_are_refused(self):
        """C7: an address is one that can be written to."""
        for wrong in ("a@b", "a@b.", "a@1.2", "x@y.cn z@y.cn", 5):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                self.note("referral", referred_email=wrong)
        result = self.note("referral", referred_email=" Zhang <Zhang@Example.CN>")
        self.assertEqual(result.referred_email, "zhang@example.cn")

    def test_a_tag_makes_nobody_new(self):
        """C7: an address with a tag reaches the same person."""
        self.agent.email = "agent@example.com"
        self.make_customer("Known", email="known@example.com")
        self.make_customer("Tagged", email="tag_ged+shop@example.com")
        for address, words in (
            ("agent+1@example.com", "your own"),
            ("Known+2@example.com", "known already"),
            ("tag_ged@example.com", "known already"),
            ("tag_ged+2@example.com", "known already"),
        ):
            with self.subTest(address), self.assertRaisesRegex(UserError, words):
                self.note("referral", referred_email=address)
        self.note("referral", referred_email="tagged+1@example.com")
