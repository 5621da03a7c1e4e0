# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RevisitCommon


@tagged("post_install", "-at_install")
class TestOwnCustomer(RevisitCommon):
    """L8: nobody verifies what they did themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {"name": "Strict", "code": "strict", "no_own_customer": True}
        )
        cls.policy = cls.make_policy(
            "manual", kind="verification", rulebook_id=cls.rulebook.id
        )
        cls.callback = cls.make_verification()

    @classmethod
    def make_verification(cls, **values):
        values = {"policy": cls.policy, "responsible_id": cls.agent.id, **values}
        return cls.make_callback(**values)

    def test_who_did_the_work_cannot_take_it(self):
        """L8: neither by the button nor by assigning themselves nor by calling."""
        mine = self.callback.with_user(self.agent)
        for step, args in (
            (mine.action_take, ()),
            (mine.write, ({"user_id": self.agent.id},)),
            (mine.action_log_attempt, ("reached",)),
            (mine.action_done, ()),
        ):
            with self.subTest(step=step.__name__):
                self.assertRefused(UserError, "what you did yourself", step, *args)
        self.env.invalidate_all()
        self.assertEqual(self.callback.state, "planned")
        self.callback.with_user(self.agent2).action_take()
        self.assertEqual(self.callback.user_id, self.agent2)
        self.assertFalse(self.callback.is_own_customer)

    def test_follower_of_own_work_is_refused_with_its_contact(self):
        """L8, L2: a contact is no way round."""
        leader = self.make_callback(user_id=self.agent.id)
        self.make_verification(contact_id=leader.id)
        self.assertRefused(
            UserError,
            "what you did yourself",
            leader.with_user(self.agent).action_log_attempt,
            "reached",
        )

    def test_supervisor_overrides_and_it_is_reported(self):
        """L8: marked, noted, found; and taken back with the next agent."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        self.assertTrue(self.callback.is_own_customer)
        note = self.callback.message_ids[0].body
        self.assertIn(self.supervisor.name, note)
        self.assertIn("whose own work", note)
        found = self.callbacks.search([("is_own_customer", "=", True)])
        self.assertEqual(found, self.callback)
        self.callback.with_user(self.supervisor).user_id = self.agent2
        self.assertFalse(self.callback.is_own_customer)

    def test_overridden_callback_is_made_and_stays_reported(self):
        """L8: the override allows the call, not the review."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=90)
        self.assertEqual(self.callback.state, "done")
        self.assertTrue(self.callback.is_own_customer)

    def test_nobody_overrides_for_themselves(self):
        """L8: a supervisor who sold needs another one."""
        self.callback.sudo().responsible_id = self.supervisor
        mine = self.callback.with_user(self.supervisor)
        self.assertRefused(
            UserError,
            "what you did yourself",
            mine.write,
            {"user_id": self.supervisor.id},
        )

    def test_who_did_the_work_does_not_review(self):
        """L8: the verdict is somebody else's, even a manager's."""
        self.callback.sudo().responsible_id = self.manager
        self.callback.with_user(self.supervisor).user_id = self.agent
        mine = self.callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(satisfaction=90)
        self.assertRefused(
            UserError,
            "somebody else reviews it",
            self.callback.with_user(self.manager).action_review,
        )
        self.callback.with_user(self.supervisor).action_review()
        self.assertEqual(self.callback.state, "reviewed")

    def test_next_callback_never_offers_own_ones(self):
        """L8, C1: not even one that was given to the agent."""
        self.callback.with_user(self.supervisor).user_id = self.agent
        callbacks = self.callbacks.with_user(self.agent)
        self.assertEqual(
            callbacks.action_next_callback()["tag"], "display_notification"
        )
        other = self.make_verification(
            user_id=self.agent.id, responsible_id=self.agent2.id
        )
        self.assertEqual(callbacks.action_next_callback()["res_id"], other.id)

    def test_other_kinds_and_rulebooks_are_free(self):
        """L8: the setting is the rulebook's and concerns verifications."""
        routine = self.make_verification(
            policy=self.make_policy("manual", rulebook_id=self.rulebook.id)
        )
        routine.with_user(self.agent).action_take()
        self.assertEqual(routine.user_id, self.agent)
        self.rulebook.no_own_customer = False
        self.callback.with_user(self.agent).action_take()
        self.assertFalse(self.callback.is_own_customer)

    def test_contact_passed_on_leaves_what_the_new_agent_did(self):
        """L8, L2: the verification stays with who had it."""
        leader = self.make_callback(user_id=self.agent2.id)
        follower = self.make_verification(contact_id=leader.id, user_id=self.agent2.id)
        leader.with_user(self.supervisor).user_id = self.agent
        self.assertEqual(follower.user_id, self.agent2)
        self.assertFalse(follower.contact_id)
        self.assertFalse(follower.is_own_customer)

    def test_combining_respects_it(self):
        """L8, L2: the same by hand."""
        leader = self.make_callback(user_id=self.agent.id)
        both = (leader + self.callback).with_user(self.supervisor)
        self.assertRefused(UserError, "own customer", both.action_combine)
