# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import NOW, RevisitCommon

# what each role may do with each model, before any record rule
MATRIX = """
model                          agent supervisor manager dealer customer plain
revisit.archive                r     r          r       -      -        -
revisit.archive.field          r     r          crwu    -      -        -
revisit.analysis               -     rw         rw      -      -        -
revisit.analysis.decision      -     -          crwu    -      -        -
revisit.analysis.item          -     crwu       crwu    -      -        -
revisit.archive.line           crw   crw        crwu    r      -        -
revisit.attribute              r     r          crwu    -      -        -
revisit.attribute.choice       r     r          crwu    -      -        -
revisit.attribute.value        crwu  crwu       crwu    -      -        -
revisit.answer                 r     r          r       -      -        -
revisit.attempt                crw   crw        crwu    r      -        -
revisit.best.hour              -     r          r       -      -        -
revisit.callback               rw    crw        crwu    r      -        -
revisit.callback.again         crwu  crwu       crwu    -      -        -
revisit.callback.cancel        -     crwu       crwu    -      -        -
revisit.callback.finish        crwu  crwu       crwu    -      -        -
revisit.claim                  -     -          -       -      -        -
revisit.draw                   -     r          r       -      -        -
revisit.contact.role           r     r          r       -      -        -
revisit.customer.status        r     r          r       -      -        -
revisit.callback.finish.line   crwu  crwu       crwu    -      -        -
revisit.callback.gathering     crwu  crwu       crwu    -      -        -
revisit.callback.gathering.line crwu crwu       crwu    -      -        -
revisit.issue                  crw   crw        crwu    -      -        -
revisit.issue.category         r     r          crwu    -      -        -
revisit.issue.change           r     r          r       -      -        -
revisit.issue.deadline         r     r          crwu    -      -        -
revisit.callback.correct       -     crwu       crwu    -      -        -
revisit.callback.correct.line  -     crwu       crwu    -      -        -
revisit.callback.review        -     crwu       crwu    -      -        -
revisit.callback.unlock        -     -          crwu    -      -        -
revisit.callback.sign          crwu   crwu       crwu    -      -        -
revisit.issue.reason           -     crwu       crwu    -      -        -
revisit.issue.reclassify       -     crwu       crwu    -      -        -
revisit.knowledge              r     crw        crwu    -      -        -
revisit.measure                r     r          crwu    -      -        -
revisit.occasion               crw   crw        crwu    -      -        -
revisit.occasion.create        -     -          crwu    -      -        -
revisit.pending.outcome        -     -          -       -      -        -
revisit.plan                   r     crw        crwu    -      -        -
revisit.plan.records           -     crwu       crwu    -      -        -
revisit.plan.records.line      -     crwu       crwu    -      -        -
revisit.plan.progress          r     r          r       -      -        -
revisit.plan.reset             -     crwu       crwu    -      -        -
revisit.planner.slot           -     -          r       -      -        -
revisit.planning.skip          -     r          ru      -      -        -
revisit.policy                 r     r          crwu    -      -        -
revisit.policy.channel         r     r          crwu    -      -        -
revisit.policy.role            r     r          crwu    -      -        -
revisit.policy.step            r     r          crwu    -      -        -
revisit.public.hit             -     -          -       -      -        -
revisit.reason                 crwu  crwu       crwu    -      -        -
revisit.training               -     crwu       crwu    -      -        -
revisit.rulebook               r     r          crwu    -      -        -
revisit.plan.past              -     -          crwu    -      -        -
revisit.rulebook.install       -     -          crwu    -      -        -
revisit.report                 rw    rw         rw      -      -        -
revisit.report.extension       crwu  crwu       crwu    -      -        -
revisit.result                 crw   crw        crw     -      -        -
revisit.result.answer          crwu  crwu       crwu    -      -        -
revisit.rulebook.install.line  -     -          crwu    -      -        -
revisit.rulebook.end           -     -          crwu    -      -        -
revisit.rulebook.raise         -     -          crwu    -      -        -
revisit.rulebook.upload        -     -          crwu    -      -        -
revisit.rulebook.version       -     r          r       -      -        -
revisit.run                    -     r          r       -      -        -
revisit.script                 r     r          crwu    -      -        -
revisit.team                   r     r          crwu    -      -        -
revisit.touch                  r     r          r       -      -        -
revisit.trace                  r     r          r       -      -        -
revisit.trigger                r     r          r       -      -        -
revisit.trigger.subject        r     r          r       -      -        -
revisit.uncounted              -     r          r       -      -        -
revisit.unlock                 -     r          r       -      -        -
revisit.what.if                -     -          crwu    -      -        -
revisit.what.if.line           -     -          crwu    -      -        -
revisit.what.if.total          -     -          crwu    -      -        -
revisit.why                    -     crwu       crwu    -      -        -
revisit.workload               -     crwu       crwu    -      -        -
revisit.workload.line          -     crwu       crwu    -      -        -
revisit.why.line               -     crwu       crwu    -      -        -
revisit.workday                r     r          crwu    -      -        -
"""
OPERATIONS = {"c": "create", "r": "read", "w": "write", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestAccessMatrix(RevisitCommon):
    """K1: who may do what with which model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = {
            "agent": cls.agent,
            "supervisor": cls.supervisor,
            "manager": cls.manager,
            "dealer": cls.portal_a,
            "customer": cls.portal_customer,
            "plain": cls.employee_user,
        }

    def test_matrix(self):
        """K1: each role, each model, each operation."""
        header, *lines = [line.split() for line in MATRIX.strip().splitlines()]
        for model, *cells in lines:
            for role, cell in zip(header[1:], cells, strict=True):
                records = self.env[model].with_user(self.roles[role])
                allowed = {
                    key for key, name in OPERATIONS.items() if records.has_access(name)
                }
                with self.subTest(model=model, role=role):
                    self.assertEqual(allowed, set(cell) - {"-"})

    def test_every_model_is_in_the_matrix(self):
        """K1: a new model gets its line in the matrix."""
        listed = {line.split()[0] for line in MATRIX.strip().splitlines()[1:]}
        ours = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "revisit_management" and not model._abstract
        }
        self.assertEqual(ours, listed)

    def test_roles_are_a_ladder(self):
        """K1: manager, supervisor and agent imply each other; the portal is apart."""
        for user, groups in (
            (self.manager, {"agent", "supervisor", "manager"}),
            (self.supervisor, {"agent", "supervisor"}),
            (self.agent, {"agent"}),
            (self.portal_a, {"portal_dealer"}),
            (self.portal_customer, set()),
            (self.employee_user, set()),
        ):
            held = {
                name
                for name in ("agent", "supervisor", "manager", "portal_dealer")
                if user.has_group(f"revisit_management.group_{name}")
            }
            self.assertEqual(held, groups, user.login)

    def test_refusals_are_real(self):
        """K1: what the matrix denies raises AccessError, records at hand."""
        policy = self.make_policy()
        callback = self.make_callback(user_id=self.agent.id)
        run = self.env["revisit.run"].create({"company_id": self.company.id})
        refused = [
            (self.agent, callback, "unlink", ()),
            (self.agent, policy, "write", ({"delay_max": 9},)),
            (self.supervisor, policy, "write", ({"delay_max": 9},)),
            (self.supervisor, self.team, "write", ({"name": "Mine"},)),
            (self.manager, run, "write", ({"message": "Fine"},)),
            (self.manager, run, "unlink", ()),
            (self.manager, policy.trigger_id, "write", ({"domain": "[]"},)),
            (self.employee_user, callback, "read", (["state"],)),
            (self.employee_user, policy, "read", (["name"],)),
            (self.portal_customer, callback, "read", (["state"],)),
            (self.portal_a, policy, "read", (["name"],)),
        ]
        for user, record, method, args in refused:
            with (
                self.subTest(user=user.login, model=record._name, method=method),
                self.assertRaises(AccessError),
            ):
                getattr(record.with_user(user), method)(*args)

    def test_unlock_rows_are_written_by_unlocking_only(self):
        """C8, K1: nobody writes the record of unlockings by hand."""
        with self.assertRaises(AccessError):
            self.env["revisit.unlock"].with_user(self.manager).create(
                {"res_model": "revisit.callback", "res_id": 1, "reason": "Forged"}
            )


@tagged("post_install", "-at_install")
class TestCallbackRules(RevisitCommon):
    """K1: which callbacks each role sees and changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual")
        cls.region = cls.make_team("Region", kind="region", parent_id=cls.team.id)
        cls.elsewhere = cls.make_team("Elsewhere", members=cls.agent2)
        values = {"policy": cls.policy}
        cls.mine = cls.make_callback(user_id=cls.agent.id, **values)
        cls.queue = cls.make_callback(**values)
        cls.colleague = cls.make_callback(user_id=cls.agent2.id, **values)
        cls.below = cls.make_callback(team_id=cls.region.id, **values)
        cls.foreign = cls.make_callback(team_id=cls.elsewhere.id, **values)
        cls.of_nobody = cls.make_callback(team_id=False, **values)
        cls.everything = (
            cls.mine
            + cls.queue
            + cls.colleague
            + cls.below
            + cls.foreign
            + cls.of_nobody
        )

    def get_visible(self, user, model="revisit.callback"):
        return (
            self.env[model].with_user(user).search([("policy_id", "=", self.policy.id)])
        )

    def test_agent_sees_their_own_and_their_units_queue(self):
        """K1: nothing of colleagues, nothing of other units."""
        self.assertEqual(self.get_visible(self.agent).sudo(), self.mine + self.queue)
        self.assertRaises(
            AccessError, self.colleague.with_user(self.agent).read, ["state"]
        )

    def test_supervisor_sees_their_units(self):
        """K1: the units they manage, those below, and no others."""
        self.assertEqual(
            self.get_visible(self.supervisor).sudo(),
            self.mine + self.queue + self.colleague + self.below,
        )
        self.assertRaises(
            AccessError, self.foreign.with_user(self.supervisor).action_cancel
        )

    def test_supervisor_of_nothing_sees_their_own_only(self):
        """K1: the role alone opens no unit."""
        user = self.make_user("revisit_sup2", "revisit_management.group_supervisor")
        self.assertFalse(self.get_visible(user))

    def test_manager_sees_all(self):
        """K1: all callbacks of their companies."""
        self.assertEqual(self.get_visible(self.manager).sudo(), self.everything)

    def test_agents_cannot_act_on_foreign_callbacks(self):
        """K1: each step of a callback checks whose it is."""
        foreign = self.colleague.with_user(self.agent)
        for name, args in (
            ("action_take", ()),
            ("action_log_attempt", ("reached",)),
            ("action_done", ()),
            ("action_cancel", ()),
            ("action_reopen", ()),
            ("action_name_again", ("x",)),
        ):
            with self.subTest(step=name):
                self.assertRaises(AccessError, getattr(foreign, name), *args)
        self.assertRaises(
            AccessError,
            self.env["revisit.attempt"].with_user(self.agent).create,
            {"callback_id": self.colleague.id, "outcome": "reached"},
        )

    def test_server_owned_fields_are_refused(self):
        """K1, N: state, moments, results and snapshots are set by steps alone."""
        values = {
            "state": "done",
            "done_at": NOW,
            "result": "reached",
            "is_on_time": True,
            "made_by_id": self.agent.id,
            "attempt_count": 5,
            "cancel_reason": "person",
            "review_verdict": "passed",
            "reviewed_by_id": self.agent.id,
            "reviewed_at": NOW,
            "source_model": "res.partner",
            "source_id": 1,
            "resp_user_id": self.agent.id,
            "resp_employee_id": False,
            "resp_department_id": False,
            "resp_team_id": self.team.id,
            "resp_dealer_id": self.dealer_a.id,
        }
        for user in (self.agent, self.supervisor, self.manager):
            for name, value in values.items():
                with self.subTest(user=user.login, field=name):
                    self.assertRaises(
                        AccessError, self.mine.with_user(user).write, {name: value}
                    )
        for name in ("state", "done_at", "resp_user_id", "made_by_id"):
            with self.subTest(create=name), self.assertRaises(AccessError):
                self.callbacks.with_user(self.agent).create(
                    {
                        "policy_id": self.policy.id,
                        "partner_id": self.customer.id,
                        "event_at": NOW,
                        "window_start": NOW,
                        "window_end": NOW + timedelta(days=1),
                        "user_id": self.agent.id,
                        name: values[name],
                    }
                )

    def test_window_is_the_managers(self):
        """K1: nobody below a manager moves a window or the event."""
        for name in ("window_start", "window_end", "event_at"):
            for user in (self.agent, self.supervisor):
                with self.subTest(user=user.login, field=name):
                    self.assertRaises(
                        AccessError,
                        self.mine.with_user(user).write,
                        {name: NOW - timedelta(hours=1)},
                    )
        self.mine.with_user(self.manager).window_end = NOW + timedelta(days=9)

    def test_identity_of_a_callback_is_not_the_agents(self):
        """K1, L1: whom, at which level and for whom a callback is, stays as planned."""
        values = {
            "partner_id": self.portal_customer.partner_id.id,
            "level": "dealer",
            "dealer_id": self.dealer_a.id,
            "contact_id": self.queue.id,
            "policy_id": self.make_policy("manual").id,
            "occasion": "other",
            "review_note": "Well done",
            "company_id": self.company.id,
            "responsible_id": self.agent2.id,
            "active": False,
        }
        for name, value in values.items():
            with self.subTest(field=name):
                self.assertRaises(
                    AccessError, self.mine.with_user(self.agent).write, {name: value}
                )

    def test_agents_may_write_what_their_work_needs(self):
        """K1: what was heard and the next attempt are the agent's."""
        self.mine.with_user(self.agent).write(
            {
                "feedback": "Was at work",
                "next_attempt_at": NOW + timedelta(days=1),
            }
        )

    def test_channel_and_unit_are_the_supervisors_decision(self):
        """C4, K1: an agent cannot go round a visit's signature by calling it a call."""
        for values in ({"channel": "phone"}, {"team_id": False}):
            with self.subTest(values=values):
                self.assertRaises(
                    AccessError, self.mine.with_user(self.agent).write, values
                )
        self.mine.with_user(self.supervisor).write({"channel": "visit"})
        self.assertEqual(self.mine.channel, "visit")

    def test_agents_keep_the_attempts_they_logged(self):
        """C3: an attempt is proof; a note may be added, the outcome not changed."""
        callback = self.mine.with_user(self.agent)
        attempt = self.env["revisit.attempt"].browse(
            callback.action_log_attempt("no_answer")
        )
        attempt = attempt.with_user(self.agent)
        attempt.note = "Line was bad"
        self.assertRaises(AccessError, attempt.write, {"outcome": "reached"})
        self.assertRaises(AccessError, attempt.write, {"at": NOW})
        attempt.with_user(self.supervisor).outcome = "busy"

    def test_defaults_from_the_context_do_not_slip_past(self):
        """K1, G8: default values of a request are no way round the steps."""
        category = self.make_category()
        issue = (
            self.env["revisit.issue"]
            .with_user(self.agent)
            .with_context(default_state="closed", default_resolved_at=NOW)
            .create({"name": "Noise", "category_id": category.id})
        )
        self.assertEqual((issue.state, issue.resolved_at), ("new", False))
        callback = (
            self.callbacks.with_user(self.supervisor)
            .with_context(
                default_state="reviewed",
                default_done_at=NOW,
                default_satisfaction=100,
                default_resp_user_id=self.agent.id,
            )
            .create(
                {
                    "policy_id": self.policy.id,
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "event_at": NOW,
                    "window_start": NOW,
                    "window_end": NOW + timedelta(days=1),
                }
            )
        )
        self.assertEqual((callback.state, callback.done_at), ("planned", False))
        self.assertFalse(callback.satisfaction)
        self.assertFalse(callback.resp_user_id)

    def test_agents_cannot_date_their_work_back(self):
        """C3, G8: late stays late; earlier calls are entered by a supervisor."""
        callback = self.mine.with_user(self.agent)
        attempt = self.env["revisit.attempt"].with_user(self.agent)
        made = attempt.with_context(default_at=NOW - timedelta(days=3)).create(
            {
                "callback_id": callback.id,
                "outcome": "reached",
                "at": NOW - timedelta(days=3),
                "user_id": self.agent2.id,
            }
        )
        self.assertEqual(made.user_id, self.agent)
        self.assertGreater(made.at, NOW - timedelta(days=1))
        self.assertRaises(
            AccessError, callback.action_done, done_at=NOW - timedelta(days=3)
        )

    def test_agents_take_but_do_not_push_away(self):
        """C1, G8: work is passed on and cancelled by supervisors only."""
        callback = self.mine.with_user(self.agent)
        self.assertRaises(AccessError, callback.write, {"user_id": self.agent2.id})
        self.assertRaises(AccessError, callback.write, {"user_id": False})
        self.assertRaises(AccessError, callback.action_cancel)
        self.mine.with_user(self.supervisor).user_id = self.agent2
        self.assertEqual(self.mine.user_id, self.agent2)

    def test_issue_steps_are_not_written_by_hand(self):
        """D3, K1: state, moments and deadlines are what scores rest on."""
        issue = self.make_issue(owner_id=self.agent.id).with_user(self.agent)
        for values in (
            {"state": "resolved"},
            {"resolved_at": NOW},
            {"acknowledged_at": NOW},
            {"reopen_count": 0},
            {"resolve_by": NOW},
            {"registered_at": NOW},
        ):
            with self.subTest(values=values):
                self.assertRaises(AccessError, issue.write, values)
        issue.action_acknowledge()
        self.assertEqual(issue.state, "acknowledged")
        issue.action_resolve("Door seal replaced")
        self.assertTrue(issue.is_resolved)

    def test_employee_snapshot_is_for_supervisors(self):
        """K1: whom it counts for by name is shown to supervisors and HR."""
        self.assertRaises(
            AccessError, self.mine.with_user(self.agent).read, ["resp_employee_id"]
        )
        self.mine.with_user(self.supervisor).read(["resp_employee_id"])
        officer = self.make_user("revisit_hr", "hr.group_hr_user")
        employee = self.make_employee(self.agent)
        self.make_callback(policy=self.policy, user_id=self.agent.id)
        self.assertEqual(employee.with_user(officer).callback_count, 1)

    def test_issue_rules(self):
        """K1: raised by me, owned by me, from my callback, of my department."""
        head = self.make_user("revisit_head", "revisit_management.group_agent")
        department = self.env["hr.department"].create({"name": "R&D"})
        department.manager_id = self.make_employee(head, department)
        values = {"category_id": self.make_category().id}
        owned = self.make_issue(owner_id=self.agent.id, **values)
        called = self.make_issue(callback_id=self.mine.id, **values)
        of_team = self.make_issue(team_id=self.region.id, **values)
        of_department = self.make_issue(department_id=department.id, **values)
        raised = (
            self.env["revisit.issue"]
            .with_user(self.agent)
            .create({"name": "Raised", **values})
        )
        domain = [("category_id", "=", values["category_id"])]
        everything = owned + called + of_team + of_department + raised.sudo()
        for user, expected in (
            (self.agent, owned + called + raised.sudo()),
            (head, of_department),
            (self.supervisor, of_team),
            (self.agent2, everything.browse()),
            (self.manager, everything),
        ):
            with self.subTest(user=user.login):
                found = self.env["revisit.issue"].with_user(user).search(domain)
                self.assertEqual(found.sudo().sorted("id"), expected.sorted("id"))

    def test_attempts_follow_their_callback(self):
        """K1: whoever sees the callback sees its attempts."""
        for callback in (self.mine, self.colleague, self.foreign):
            self.env["revisit.attempt"].create(
                {"callback_id": callback.id, "outcome": "busy"}
            )
        domain = [("callback_id", "in", self.everything.ids)]
        for user, expected in (
            (self.agent, self.mine),
            (self.supervisor, self.mine + self.colleague),
            (self.manager, self.mine + self.colleague + self.foreign),
        ):
            found = self.env["revisit.attempt"].with_user(user).search(domain)
            self.assertEqual(found.sudo().callback_id, expected, user.login)


@tagged("post_install", "-at_install")
class TestPortalRules(RevisitCommon):
    """H1, L1: a dealer sees their own dealer-level work, a customer nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual")
        cls.by_key = {
            (dealer, level): cls.make_callback(
                policy=cls.policy, dealer_id=dealer.id, level=level
            )
            for dealer in (cls.dealer_a, cls.dealer_b)
            for level in ("dealer", "region", "hq")
        }
        cls.ours = cls.by_key[cls.dealer_a, "dealer"]
        for callback in cls.by_key.values():
            cls.env["revisit.attempt"].create(
                {"callback_id": callback.id, "outcome": "busy"}
            )

    def test_dealer_sees_their_own_level_only(self):
        """H1, L1: headquarters' call stays hidden, another dealer's, too."""
        found = self.callbacks.with_user(self.portal_a).search([])
        self.assertEqual(found.sudo(), self.ours)
        for key, callback in self.by_key.items():
            if callback != self.ours:
                with self.subTest(dealer=key[0].name, level=key[1]):
                    self.assertRaises(
                        AccessError, callback.with_user(self.portal_a).read, ["state"]
                    )
        groups = self.callbacks.with_user(self.portal_a)._read_group(
            [], ["level"], ["__count"]
        )
        self.assertEqual(groups, [("dealer", 1)])

    def test_dealer_sees_the_attempts_of_what_they_see(self):
        """H1, L1: attempts follow their callback."""
        found = self.env["revisit.attempt"].with_user(self.portal_a).search([])
        self.assertEqual(found.sudo().callback_id, self.ours)

    def test_dealer_changes_nothing_by_rpc(self):
        """H1, K1: portal users work through the portal's own steps."""
        ours = self.ours.with_user(self.portal_a)
        for values in ({"feedback": "Great"}, {"satisfaction": 100}):
            self.assertRaises(AccessError, ours.write, values)
        self.assertRaises(AccessError, ours.unlink)
        for name, args in (
            ("action_log_attempt", ("reached",)),
            ("action_done", ()),
            ("action_cancel", ()),
            ("action_reopen", ()),
            ("action_name_again", ("x",)),
            ("action_take", ()),
            ("action_review", ()),
            ("action_unlock", ("Please",)),
        ):
            with self.subTest(step=name):
                self.assertRaises(AccessError, getattr(ours, name), *args)
        self.assertEqual(self.ours.state, "in_progress")

    def test_dealer_sees_their_archives(self):
        """H1: installed products of their customers only."""
        ours = self.make_archive_line(dealer_id=self.dealer_a.id)
        self.make_archive_line(dealer_id=self.dealer_b.id)
        self.make_archive_line()
        records = self.env["revisit.archive.line"].with_user(self.portal_a)
        self.assertEqual(records.search([]).sudo(), ours)
        self.assertFalse(records.has_access("write"))

    def test_dealer_sees_no_issue(self):
        """F2, L1: a complaint about a dealer never reaches the dealer by itself."""
        self.make_issue(dealer_id=self.dealer_a.id)
        records = self.env["revisit.issue"].with_user(self.portal_a)
        self.assertRaises(AccessError, records.search, [])

    def test_customer_sees_nothing(self):
        """H2, K1: a customer's portal user reads none of our models."""
        for model in ("revisit.callback", "revisit.issue", "revisit.archive.line"):
            records = self.env[model].with_user(self.portal_customer)
            self.assertRaises(AccessError, records.search, [])

    def test_counters_are_hidden_from_portal_users(self):
        """L1: no counter tells a dealer that headquarters will call."""
        partner = self.portal_a.partner_id.with_user(self.portal_a)
        for name in (
            "callback_count",
            "next_callback_at",
            "last_callback_at",
            "callback_satisfaction",
            "open_issue_count",
        ):
            self.assertRaises(AccessError, partner.read, [name])

    def test_counters_follow_the_viewers_rules(self):
        """L1: each viewer counts what they may see, in one transaction, too."""
        customer = self.make_customer()
        values = {"policy": self.policy, "partner_id": customer.id}
        order = self.make_order(partner=customer)
        source = {"source_model": "sale.order", "source_id": order.id}
        self.make_callback(user_id=self.agent.id, occasion="1", **source, **values)
        self.make_callback(user_id=self.agent2.id, occasion="2", **source, **values)
        self.make_callback(
            user_id=self.agent2.id,
            occasion="3",
            team_id=self.make_team("Elsewhere").id,
            window_start=NOW - timedelta(days=5),
            **source,
            **values,
        )
        category = self.make_category()
        for user in (self.agent, self.agent2):
            self.make_issue(
                partner_id=customer.id, category_id=category.id, owner_id=user.id
            )
        for user, callbacks, issues in (
            (self.manager, 3, 2),
            (self.supervisor, 2, 0),
            (self.agent, 1, 1),
        ):
            with self.subTest(user=user.login):
                mine = customer.with_user(user)
                self.assertEqual(mine.callback_count, callbacks)
                self.assertEqual(mine.open_issue_count, issues)
                self.assertEqual(
                    mine.next_callback_at < NOW - timedelta(days=4),
                    user == self.manager,
                )
        seller = self.make_user(
            "revisit_seller",
            "sales_team.group_sale_salesman_all_leads,revisit_management.group_agent",
        )
        self.assertEqual(order.with_user(self.env.user).callback_count, 3)
        self.assertEqual(order.with_user(seller).callback_count, 0)

    def test_counters_of_a_company_include_its_people(self):
        """A1: a company counts its contacts' callbacks; means weigh answers."""
        company = self.make_customer("Company", is_company=True)
        people = [self.make_customer(parent_id=company.id) for _number in range(2)]
        for person, points in ((people[0], 90), (people[0], 60), (people[1], 30)):
            self.make_done(partner_id=person.id, measures={"satisfaction": points})
        self.make_callback(partner_id=company.id)
        cancelled = self.make_callback(partner_id=company.id)
        cancelled.action_cancel()
        company.invalidate_recordset()
        self.assertEqual(company.callback_count, 4)
        self.assertEqual(company.callback_satisfaction, 60.0)
        self.assertEqual(company.last_callback_at, NOW)
        self.assertEqual(people[0].callback_satisfaction, 75.0)
        nobody = self.make_customer("Never asked").with_user(self.manager)
        self.assertIs(nobody.callback_satisfaction, False, "not 0: not asked")


@tagged("post_install", "-at_install")
class TestCompanyRules(RevisitCommon):
    """K3: no model shows another company's rows."""

    def make_rows(self, company):
        """Create one row of every model that belongs to a company."""
        policy = self.make_policy("manual", company_id=company.id)
        team = self.make_team(company_id=company.id)
        callback = self.make_callback(policy=policy, team_id=team.id)
        category = self.make_category(
            company_id=company.id, deadline_ids=[Command.create({"severity": "low"})]
        )
        slots = self.env["revisit.planner.slot"]
        slots._enter(company)
        values = {"company_id": company.id}
        attribute = self.env["revisit.attribute"].create(
            {
                "name": "Own",
                "code": "own",
                "kind": "choice",
                "choice_ids": [Command.create({"name": "Own", "code": "own"})],
                **values,
            }
        )
        policy.role_ids = [
            Command.create(
                {"role_id": self.env.ref("revisit_management.role_technician").id}
            )
        ]
        issue = self.make_issue(category_id=category.id, **values)
        issue.action_reclassify("Louder", severity="high")
        analysis = self.make_analysis(company)
        return {
            "revisit.analysis": analysis,
            "revisit.analysis.item": analysis.item_ids.create(
                {"analysis_id": analysis.id, "proposal": "Own"}
            ),
            "revisit.attribute": attribute,
            "revisit.attribute.choice": attribute.choice_ids,
            "revisit.attribute.value": self.env["revisit.attribute.value"].create(
                {
                    "partner_id": self.customer.id,
                    "attribute_id": attribute.id,
                    "choice_id": attribute.choice_ids.id,
                }
            ),
            "revisit.occasion": self.env["revisit.occasion"].create(
                {"partner_id": self.customer.id, "kind": "other", **values}
            ),
            "revisit.policy.role": policy.role_ids,
            "revisit.policy": policy,
            "revisit.policy.channel": self.env["revisit.policy.channel"].create(
                {"policy_id": policy.id, "channel": "visit"}
            ),
            "revisit.policy.step": self.env["revisit.policy.step"].create(
                {"policy_id": policy.id}
            ),
            "revisit.knowledge": self.env["revisit.knowledge"].create(
                {"name": "Own", "owner_id": False, **values}
            ),
            "revisit.team": team,
            "revisit.callback": callback,
            "revisit.attempt": self.env["revisit.attempt"].create(
                {"callback_id": callback.id, "outcome": "busy"}
            ),
            "revisit.answer": self.env["revisit.answer"].create(
                {
                    "callback_id": callback.id,
                    "measure_id": self.env.ref("revisit_management.measure_nps").id,
                    "answered_at": NOW,
                    "subject_kind": "callback",
                    "person_key": 0,
                    **values,
                }
            ),
            "revisit.measure": self.env["revisit.measure"].create(
                {"name": "Own", "code": "own", **values}
            ),
            "revisit.issue.category": category,
            "revisit.issue.deadline": category.deadline_ids,
            "revisit.issue": issue,
            "revisit.issue.change": issue.change_ids,
            "revisit.archive": self.env["revisit.archive"].create(
                {"partner_id": self.customer.id, **values}
            ),
            "revisit.archive.field": self.env["revisit.archive.field"].create(
                {
                    "rulebook_id": self.env["revisit.rulebook"]
                    .create({"name": "Asking", "code": "asking", **values})
                    .id,
                    "field_name": "phone",
                }
            ),
            "revisit.archive.line": self.make_archive_line(**values),
            "revisit.rulebook": self.env["revisit.rulebook"].create(
                {"name": "Own", "code": "own", **values}
            ),
            "revisit.rulebook.version": self.env["revisit.rulebook.version"].create(
                {
                    "rulebook_id": self.env["revisit.rulebook"]
                    .create({"name": "Older", "code": "older", **values})
                    .id,
                    "number": 1,
                    "reason": "Installed",
                    "made_at": NOW,
                }
            ),
            "revisit.script": self.env["revisit.script"].create(
                {"name": "Own", **values}
            ),
            "revisit.workday": self.env["revisit.workday"].create(
                {"date": "2026-03-07", **values}
            ),
            "revisit.plan": self.env["revisit.plan"].create(
                {"team_id": team.id, **values}
            ),
            "revisit.planning.skip": self.env["revisit.planning.skip"].create(
                {
                    "policy_id": policy.id,
                    "source_model": "res.partner",
                    "source_id": 1,
                    "reason": "no_customer",
                    **values,
                }
            ),
            "revisit.best.hour": self.env["revisit.best.hour"].create(
                {
                    "kind": "person",
                    "weekday": "1",
                    "hour": 10,
                    "tries": 1,
                    "answered": 1,
                    "rate": 50,
                    "usual": 50,
                    **values,
                }
            ),
            "revisit.draw": self.env["revisit.draw"].create(
                {
                    "policy_id": policy.id,
                    "period_start": "2026-01-01",
                    "period_months": 1,
                    "drawn_at": NOW,
                    **values,
                }
            ),
            "revisit.run": self.env["revisit.run"].create(values),
            "revisit.report": self.env["revisit.report"].create(
                {
                    "callback_id": callback.id,
                    "partner_id": self.customer.id,
                    "user_id": self.agent.id,
                    "talked_at": NOW,
                    "recorded_at": NOW,
                    **values,
                }
            ),
            "revisit.result": self.env["revisit.result"].create(
                {
                    "callback_id": callback.id,
                    "kind": "need",
                    "partner_id": self.customer.id,
                    "user_id": self.agent.id,
                    "noted_at": NOW,
                    **values,
                }
            ),
            "revisit.unlock": self.env["revisit.unlock"].create(
                {
                    "res_model": callback._name,
                    "res_id": callback.id,
                    "user_id": self.manager.id,
                    "reason": "Mistyped",
                    **values,
                }
            ),
            "revisit.touch": self.make_touch(company_id=company.id),
            "revisit.uncounted": self.make_uncounted(policy),
            "revisit.trace": self.make_trace(**values),
            "revisit.planner.slot": slots.search(
                [("company_id", "=", company.id)], limit=1
            ),
        }

    def make_uncounted(self, policy):
        callback = self.make_callback(policy, is_late_handover=True)
        callback.flush_recordset()
        rows = self.env["revisit.uncounted"]
        return rows.search([("callback_id", "=", callback.id)])

    def make_trace(self, **values):
        line = self.make_archive_line(**values)
        line.place = "Kitchen"
        line.sold_on = "2026-01-02"
        return line.trace_ids

    def test_every_model_with_a_company_keeps_to_it(self):
        """K3: by rule, for a manager of one company and for one of both."""
        other = self.make_company()
        rows = self.make_rows(other)
        owned = {
            name
            for name, model in self.env.registry.items()
            if model._original_module == "revisit_management"
            and not model._abstract
            and not model._transient
            and "company_id" in model._fields
        }
        self.assertEqual(owned, set(rows), "each model with a company is tested")
        both = self.make_user(
            "revisit_both",
            "revisit_management.group_manager",
            company_id=self.company.id,
            company_ids=[Command.set((self.company + other).ids)],
        )
        for model, row in rows.items():
            with self.subTest(model=model):
                self.assertEqual(row.company_id, other)
                domain = [("id", "=", row.id)]
                for user, companies, visible in (
                    (self.manager, self.company, False),
                    (both, self.company, False),
                    (both, other, True),
                    (both, self.company + other, True),
                ):
                    records = (
                        self.env[model]
                        .with_user(user)
                        .with_context(allowed_company_ids=companies.ids)
                    )
                    self.assertEqual(bool(records.search(domain)), visible)
                self.assertRaises(
                    AccessError, row.with_user(self.manager).read, ["company_id"]
                )
