# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import NOW, ZONE, RevisitCommon, utc
from .test_portal import PortalCase


class ContactCase(RevisitCommon):
    """A contact of the agent: a leader, and a follower whose window ends later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual", name="After sale")
        cls.other_policy = cls.make_policy("manual", name="Half-yearly")
        cls.leader = cls.make_callback(policy=cls.policy, user_id=cls.agent.id)
        cls.follower = cls.make_follower()

    @classmethod
    def make_follower(cls, leader=None, **values):
        values = {
            "policy": cls.other_policy,
            "contact_id": (leader or cls.leader).id,
            "user_id": cls.agent.id,
            "window_end": utc(ZONE, 2026, 3, 15),
            **values,
        }
        return cls.make_callback(**values)

    @classmethod
    def make_script(cls, name, **values):
        return cls.env["revisit.script"].create(
            {
                "name": name,
                "opening": f"Hello from {name}",
                "body": f"<p>Body of {name}</p>",
                "closing": f"Bye from {name}",
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestContactScript(ContactCase):
    """L2: one conversation with one script."""

    def test_scripts_are_merged(self):
        """L2: opening and closing once, each body under its policy, minutes added."""
        first = self.make_script("Sale", duration=3)
        second = self.make_script("Half", duration=2)
        self.leader.script_id = first
        self.follower.script_id = second
        for callback in (self.leader, self.follower):
            self.assertEqual(callback.contact_opening, "Hello from Sale")
            self.assertEqual(callback.contact_closing, "Bye from Sale")
            self.assertEqual(callback.contact_duration, 5)
            self.assertEqual(
                callback.contact_body,
                "<h3>After sale</h3><p>Body of Sale</p>"
                "<h3>Half-yearly</h3><p>Body of Half</p>",
            )

    def test_one_script_of_two_policies_is_said_once(self):
        """L2: a common script needs no headings and is not doubled."""
        script = self.make_script("Common", duration=4)
        (self.leader + self.follower).script_id = script
        self.assertEqual(self.leader.contact_body, "<p>Body of Common</p>")
        self.assertEqual(self.leader.contact_duration, 4)

    def test_leader_without_words_borrows_them(self):
        """L2: somebody's opening is better than none."""
        self.leader.script_id = self.make_script("Bare", opening=False)
        self.follower.script_id = self.make_script("Half")
        self.assertEqual(self.leader.contact_opening, "Hello from Half")
        self.assertEqual(self.leader.contact_closing, "Bye from Bare")

    def test_cancelled_follower_is_not_spoken_of(self):
        """L2: neither its script nor its reason is shown."""
        self.follower.script_id = self.make_script("Half")
        self.follower.with_user(self.supervisor).action_cancel()
        self.assertFalse(self.leader.contact_body)
        self.assertFalse(self.leader.more_reasons)

    def test_policy_name_is_no_html(self):
        """L2, K2: a heading is text."""
        self.policy.name = "<b>x</b>"
        self.leader.script_id = self.make_script("Sale")
        self.follower.script_id = self.make_script("Half")
        self.assertIn("&lt;b&gt;x&lt;/b&gt;", self.leader.contact_body)

    def test_more_reasons(self):
        """L2: the queue says how many more reasons there are."""
        self.assertEqual(self.leader.more_reasons, "+1 more reason")
        self.make_follower()
        self.leader.invalidate_recordset()
        self.assertEqual(self.leader.more_reasons, "+2 more reasons")
        self.assertEqual(self.leader.follower_count, 2)
        self.assertFalse(self.follower.more_reasons)

    def test_more_reasons_cost_the_same_for_a_whole_page(self):
        """L2: the queue does not get slower with its length."""
        leaders = self.leader
        for _number in range(5):
            leader = self.make_callback(policy=self.policy)
            self.make_follower(leader=leader, user_id=False)
            leaders += leader
        self.env.flush_all()
        self.env.invalidate_all()
        costs = []
        for callbacks in (self.leader, leaders):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(callbacks.mapped("follower_count"), [1] * len(callbacks))
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*costs)

    def test_contact_never_crosses_levels(self):
        """L1: headquarters' callback cannot be put into a dealer's contact."""
        for values in (
            {"level": "dealer"},
            {"dealer_id": self.dealer_a.id},
            {"team_id": False},
            {"partner_id": self.make_customer("Somebody").id},
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    ValidationError,
                    "cannot be made in one contact",
                    self.make_follower,
                    **values,
                )

    def test_follower_leads_nobody(self):
        """L2: a contact has one leader."""
        self.assertRefused(
            ValidationError,
            "cannot be made in one contact",
            self.make_follower,
            leader=self.follower,
        )


@tagged("post_install", "-at_install")
class TestContactWork(ContactCase):
    """L2: buttons work from either; each policy gets its own result."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_agent = cls.leader.with_user(cls.agent)

    def test_finish_from_the_follower_is_the_contacts(self):
        """L2: the dialog opens for the whole contact."""
        follower = self.follower.with_user(self.agent)
        action = follower.action_log_reached()
        self.assertEqual(action["context"]["default_callback_id"], self.leader.id)
        self.assertEqual(self.leader.attempt_count, 1)
        self.assertEqual(follower.action_open_contact()["res_id"], self.leader.id)

    def test_taking_a_follower_takes_the_contact(self):
        """L2: nobody takes half a conversation."""
        leader = self.make_callback(policy=self.policy)
        follower = self.make_follower(leader=leader, user_id=False)
        follower.with_user(self.agent).action_take()
        self.assertEqual((leader + follower).user_id, self.agent)
        self.assertEqual(set((leader + follower).mapped("state")), {"assigned"})

    def test_others_get_their_own_values(self):
        """L2: what is not given is as the leader's; ids may be JSON's text keys."""
        third = self.make_follower()
        self.as_agent.action_log_attempt("reached")
        self.as_agent.action_done(
            satisfaction=80,
            quality=70,
            others={
                str(self.follower.id): {"satisfaction": 40, "feedback": "Too loud"},
                third.id: {"quality": False},
            },
        )
        self.assertEqual((self.leader.satisfaction, self.leader.feedback), (80, False))
        self.assertEqual((self.follower.satisfaction, self.follower.quality), (40, 70))
        self.assertEqual(self.follower.feedback, "Too loud")
        self.assertEqual((third.satisfaction, third.quality), (80, False))

    def test_others_are_checked(self):
        """L2: the same refusals as for the leader, and nothing is written."""
        stranger = self.make_callback(user_id=self.agent.id)
        self.as_agent.action_log_attempt("reached")
        for error, text, others in (
            (UserError, "not made in the same contact", {stranger.id: {}}),
            (UserError, "not made in the same contact", {"x": {}}),
            (UserError, "by their id", {self.follower.id: 5}),
            (UserError, "by their id", [self.follower.id]),
            (UserError, "state cannot be recorded", {self.follower.id: {"state": 1}}),
            (ValidationError, "is no number", {self.follower.id: {"quality": "x"}}),
            (ValidationError, "from 0 to", {self.follower.id: {"quality": 101}}),
        ):
            with self.subTest(others=others), self.cr.savepoint() as savepoint:
                self.assertRefused(
                    error, text, self.as_agent.action_done, others=others
                )
                savepoint.rollback()
        self.env.invalidate_all()
        self.assertEqual(self.leader.state, "in_progress")

    def test_who_was_not_reached_answers_nothing_of_others_either(self):
        """C4, L2: no answers of a customer whom nobody reached."""
        self.as_agent.action_log_attempt("no_answer")
        self.assertRefused(
            UserError,
            "gave no answers",
            self.as_agent.action_done,
            others={self.follower.id: {"satisfaction": 50}},
        )

    def test_verdict_on_one_issue_says_nothing_of_another(self):
        """D5, L2: a second issue is not confirmed by the first one's answer."""
        issues = [self.make_issue(), self.make_issue()]
        for issue, callback in zip(issues, (self.leader, self.follower), strict=True):
            callback.sudo().write(
                {"source_model": "revisit.issue", "source_id": issue.id}
            )
            issue.sudo().state = "resolved"
        self.as_agent.action_log_attempt("reached")
        self.as_agent.action_done(satisfaction=90, customer_confirmed="yes")
        self.assertEqual(self.leader.customer_confirmed, "yes")
        self.assertFalse(self.follower.customer_confirmed)
        self.assertEqual([issue.state for issue in issues], ["confirmed", "resolved"])

    def test_dialog_lists_the_others(self):
        """L2: the dialog asks for what differs; empty is as above, 0 is an answer."""
        third = self.make_follower()
        self.as_agent.action_log_attempt("reached")
        form = Form(
            self.env["revisit.callback.finish"]
            .with_user(self.agent)
            .with_context(default_callback_id=self.leader.id)
        )
        form.satisfaction = 90
        self.assertEqual(len(form.line_ids), 2)
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.policy_id, self.other_policy)
            line.satisfaction = 0
            line.feedback = "Never again"
        form.save().action_finish()
        self.assertEqual(
            (self.leader + self.follower + third).mapped("satisfaction"), [90, 0, 90]
        )
        self.assertEqual(self.follower.feedback, "Never again")

    def test_each_is_on_time_by_its_own_window(self):
        """L2: one moment, several windows."""
        early = self.make_follower(window_end=NOW)
        self.as_agent.action_log_attempt("reached")
        self.as_agent.action_done(satisfaction=90)
        self.assertEqual(
            (self.leader + self.follower + early).mapped("is_on_time"),
            [True, True, False],
        )

    def test_follower_finished_before_leaves_the_contact(self):
        """L2: its result is its own, the rest stays open."""
        self.as_agent.action_log_attempt("reached")
        follower = self.follower.with_user(self.agent)
        dialog = follower.action_open_finish_alone()
        self.assertEqual(dialog["context"]["default_callback_id"], follower.id)
        follower.action_done(satisfaction=60)
        self.assertEqual(self.follower.state, "done")
        self.assertFalse(self.follower.contact_id)
        self.assertEqual(self.leader.state, "in_progress")
        self.assertIn("Finished before", self.follower.message_ids[0].body)
        self.as_agent.action_done(satisfaction=90)
        self.assertEqual(self.follower.satisfaction, 60)


@tagged("post_install", "-at_install")
class TestContactMoves(ContactCase):
    """L2: how callbacks join and leave contacts."""

    def as_supervisor(self, callbacks):
        return callbacks.with_user(self.supervisor)

    def test_followers_go_with_their_leader(self):
        """L2, B10: the conversation is passed on as a whole."""
        self.as_supervisor(self.leader).user_id = self.agent2
        self.assertEqual(self.follower.user_id, self.agent2)
        self.assertEqual(self.follower.contact_id, self.leader)
        team = self.make_team("Other", members=self.agent2, parent_id=self.team.id)
        self.as_supervisor(self.leader).write({"team_id": team.id, "user_id": False})
        self.assertEqual(self.follower.team_id, team)
        self.assertEqual(self.follower.state, "planned")
        self.assertEqual(self.follower.contact_id, self.leader)

    def test_reassigned_follower_leaves(self):
        """L2: given to somebody else alone, it is a contact of its own."""
        self.as_supervisor(self.follower).user_id = self.agent2
        self.assertFalse(self.follower.contact_id)
        self.assertTrue(self.follower.is_kept_apart)
        self.assertEqual(self.leader.user_id, self.agent)

    def test_both_reassigned_together_stay_together(self):
        """L2: a bulk edit of the whole contact does not split it."""
        both = self.leader + self.follower
        self.as_supervisor(both).write({"user_id": self.agent2.id})
        self.assertEqual(self.follower.contact_id, self.leader)

    def test_first_attempt_takes_the_followers_from_the_queue(self):
        """L2: who calls from the queue has taken the whole contact."""
        leader = self.make_callback(policy=self.policy)
        follower = self.make_follower(leader=leader, user_id=False)
        leader.with_user(self.agent).action_log_attempt("busy")
        self.assertEqual(follower.user_id, self.agent)
        self.assertEqual(follower.contact_id, leader)

    def test_cancelled_follower_leaves(self):
        """L2: and a reopened one leads alone."""
        self.as_supervisor(self.follower).action_cancel()
        self.assertFalse(self.follower.contact_id)
        self.as_supervisor(self.follower).action_reopen()
        self.assertFalse(self.follower.contact_id)
        self.assertEqual(self.follower.state, "assigned")

    def test_split(self):
        """L2: a follower leaves, a leader hands over."""
        third = self.make_follower(window_end=utc(ZONE, 2026, 3, 16))
        self.as_supervisor(self.leader).action_split()
        self.assertFalse(self.follower.contact_id)
        self.assertEqual(third.contact_id, self.follower)
        self.as_supervisor(third).action_split()
        self.assertFalse(third.contact_id)
        self.assertRefused(
            UserError, "of its own already", self.as_supervisor(third).action_split
        )
        self.assertRefused(
            AccessError,
            "Only supervisors",
            self.leader.with_user(self.agent).action_split,
        )

    def test_planners_leave_alone_what_was_split(self):
        """L2: neither planner puts together again what a person took apart."""
        for through_orm in (True, False):
            with self.subTest(through_orm=through_orm):
                self.company.revisit_plan_through_orm = through_orm
                customer = self.make_customer(f"Split {through_orm}")
                code = f"split_{through_orm}"
                policies = self.make_policy(code=code) + self.make_policy(
                    code=f"{code}_2", kind="special"
                )
                order = self.make_order(partner=customer)
                self.plan()
                callbacks = self.get_planned(order)
                self.assertEqual(callbacks.policy_id, policies)
                follower = callbacks.filtered("contact_id")
                self.assertEqual(len(follower), 1)
                follower.action_split()
                # a third reason brings the customer before the planner again
                third = self.make_policy(code=f"{code}_3")
                self.plan()
                late = self.get_planned(order, third)
                self.assertFalse(follower.contact_id)
                self.assertEqual(late.contact_id, callbacks - follower)
                (policies + third).active = False

    def test_combine(self):
        """L2: the first to end leads, and both are the agent's."""
        second = self.make_callback(
            policy=self.other_policy, window_end=utc(ZONE, 2026, 3, 12)
        )
        self.as_supervisor(self.follower).action_split()
        chosen = self.follower + self.leader + second
        self.as_supervisor(chosen).action_combine()
        self.assertFalse(second.contact_id)
        self.assertEqual((self.leader + self.follower).contact_id, second)
        self.assertEqual(chosen.user_id, self.agent)
        self.assertFalse(any(chosen.mapped("is_kept_apart")))

    def test_combine_takes_what_is_led_along(self):
        """L2: no follower is left behind with a leader that follows."""
        first = self.make_callback(
            policy=self.other_policy,
            user_id=self.agent.id,
            window_end=utc(ZONE, 2026, 3, 12),
        )
        self.as_supervisor(first + self.leader).action_combine()
        self.assertEqual((self.leader + self.follower).contact_id, first)

    def test_combine_refuses_clearly(self):
        """L2, L1: why two callbacks cannot be one conversation."""
        manager = self.leader.with_user(self.manager).env
        for text, values in (
            ("different customers", {"partner_id": self.make_customer("B").id}),
            ("different levels", {"level": "dealer"}),
            ("different units", {"team_id": self.make_team("Elsewhere").id}),
            ("different dealers", {"dealer_id": self.dealer_a.id}),
            ("different ways", {"channel": "letter"}),
            ("different agents", {"user_id": self.agent2.id}),
            (
                "no moment",
                {
                    "window_start": utc(ZONE, 2026, 3, 20),
                    "window_end": utc(ZONE, 2026, 3, 22),
                },
            ),
        ):
            with self.subTest(values=values):
                other = self.make_callback(policy=self.other_policy, **values)
                both = (self.leader + other).with_env(manager)
                self.assertRefused(UserError, text, both.action_combine)
        done = self.make_done(policy=self.policy)
        self.assertRefused(
            UserError,
            "done already",
            self.as_supervisor(self.leader + done).action_combine,
        )
        lonely = self.make_callback()
        self.assertRefused(
            UserError, "at least two", self.as_supervisor(lonely).action_combine
        )
        self.assertRefused(
            AccessError,
            "Only supervisors",
            (self.leader + self.follower).with_user(self.agent).action_combine,
        )
        tried = self.make_callback(policy=self.policy, user_id=self.agent.id)
        (tried + self.leader).action_log_attempt("busy")
        self.assertRefused(
            UserError,
            "tried already",
            self.as_supervisor(self.leader + tried).action_combine,
        )

    def test_kept_apart_is_no_hands_business(self):
        """K1: the mark is set by the steps only."""
        for name in ("is_kept_apart", "is_own_customer"):
            self.assertRefused(
                AccessError,
                "own steps",
                self.leader.with_user(self.manager).write,
                {name: True},
            )


@tagged("post_install", "-at_install")
class TestHiddenFromDealers(RevisitCommon):
    """L1: headquarters' callback leaves no trace where a dealer looks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.dealer_id = cls.dealer_a
        values = {"dealer_id": cls.dealer_a.id, "team_id": False}
        cls.own = cls.make_callback(
            policy=cls.make_policy("manual", level="dealer"), **values
        )
        cls.hidden = cls.make_callback(
            policy=cls.make_policy("manual", kind="verification", name="Secret check"),
            **{**values, "user_id": cls.agent.id, "source_name": "SECRET-1"},
        )
        cls.hidden.message_post(body="Secret note", subtype_xmlid="mail.mt_comment")
        cls.hidden.activity_schedule(
            "mail.mail_activity_data_call", user_id=cls.agent.id
        )
        cls.env["calendar.event"].create(
            {
                "name": "Secret visit",
                "start": NOW,
                "stop": NOW + timedelta(hours=1),
                "res_model_id": cls.env["ir.model"]._get_id("revisit.callback"),
                "res_id": cls.hidden.id,
            }
        )
        cls.dealer_env = cls.own.with_user(cls.portal_a).env

    def search(self, model, domain):
        """Return what the dealer finds, nothing where they may not even look."""
        try:
            return self.dealer_env[model].search(domain)
        except AccessError:
            return self.dealer_env[model]

    def test_lists_counters_and_names(self):
        """L1: neither found, counted, named nor grouped."""
        Callback = self.dealer_env["revisit.callback"]
        self.assertEqual(Callback.search([]), self.own)
        self.assertEqual(Callback.search_count([("level", "=", "hq")]), 0)
        self.assertEqual(Callback.name_search("SECRET"), [])
        self.assertEqual(Callback._read_group([], [], ["__count"]), [(1,)])
        hidden = self.hidden.with_user(self.portal_a)
        for name in ("display_name", "state", "contact_body", "more_reasons"):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                hidden.read([name])
        self.assertFalse(Callback._portal_find(self.hidden.id))

    def test_chatter_activities_and_calendar(self):
        """L1: what is written about it is hidden with it."""
        source = [("res_id", "=", self.hidden.id)]
        model = [("model", "=", "revisit.callback")]
        self.assertFalse(self.search("mail.message", source + model))
        model = [("res_model", "=", "revisit.callback")]
        self.assertFalse(self.search("mail.activity", source + model))
        self.assertFalse(self.search("calendar.event", [("name", "=", "Secret visit")]))
        self.assertFalse(self.search("revisit.attempt", []))

    def test_own_callback_tells_nothing_of_it(self):
        """L1: not as a contact, a previous callback, a counter or a history."""
        own = self.own.with_user(self.portal_a)
        self.assertFalse(own.contact_id)
        self.assertFalse(own.follower_ids)
        self.assertFalse(own.more_reasons)
        self.assertEqual(own.sudo()._get_contact(), self.own)
        self.assertFalse(own._has_field_access(own._fields["previous_id"], "read"))

    def test_not_even_a_wrong_contact_shows_it(self):
        """L1: data that somebody forced together is kept apart on the page."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE revisit_callback SET contact_id = %s WHERE id = %s",
            [self.own.id, self.hidden.id],
        )
        self.env.invalidate_all()
        own = self.own.with_user(self.portal_a)
        self.assertFalse(own.follower_ids)
        self.assertFalse(own.more_reasons)
        self.env.invalidate_all()
        self.assertEqual(own.sudo()._get_contact(), self.own)

    def test_archive_tells_nothing_of_it(self):
        """L1: the installed products show no callback of headquarters."""
        line = self.make_archive_line(dealer_id=self.dealer_a.id)
        shown = line.with_user(self.portal_a)
        values = shown.read(["partner_id", "sold_on", "dealer_id"], load=None)[0]
        self.assertEqual(values["partner_id"], self.customer.id)
        linked = [
            name
            for name, field in line._fields.items()
            if field.comodel_name == "revisit.callback"
        ]
        self.assertEqual(linked, [], "a new link must be hidden from dealers")
        for figure in ("callback_count", "last_callback_at", "next_callback_at"):
            with self.assertRaises(AccessError):
                self.customer.with_user(self.portal_a).read([figure])


@tagged("post_install", "-at_install")
class TestContactPortal(PortalCase):
    """L2, H1: the dealer makes one call for several reasons."""

    def test_list_and_page_show_all_reasons_and_scripts(self):
        """L2: one row, and one script with the policies as headings."""
        scripts = self.env["revisit.script"].create(
            [
                {"name": name, "opening": f"Hello {name}", "body": f"<p>Ask {name}</p>"}
                for name in ("one", "two")
            ]
        )
        other = self.make_policy("manual", level="dealer", name="After repair")
        leader = self.make_dealer_callback(script_id=scripts[0].id)
        follower = self.make_dealer_callback(
            policy=other, contact_id=leader.id, script_id=scripts[1].id
        )
        self.login()
        text = self.get_page("/my/callbacks")
        self.assertEqual(self.get_links(text), leader.ids)
        self.assertIn("+1 more reason", text)
        text = self.get_page(f"/my/callbacks/{follower.id}")
        for word in ("<h3>After repair</h3>", "Ask one", "Ask two", "Hello one"):
            self.assertIn(word, text)
        self.assertNotIn("Hello two", text)
