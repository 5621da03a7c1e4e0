# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestTasks(RevisitCommon):
    """C8, K1: what our steps ask somebody to do is theirs to do, or a supervisor's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_done()
        cls.kinds = cls.env["mail.activity.type"].search(
            [("res_model", "in", ("revisit.callback", "revisit.report"))]
        )
        cls.report = (
            cls.env["revisit.report"]
            .sudo()
            .create(
                {
                    "callback_id": cls.callback.id,
                    "company_id": cls.company.id,
                    "partner_id": cls.customer.id,
                    "user_id": cls.agent.id,
                    "team_id": cls.team.id,
                    "talked_at": NOW,
                    "recorded_at": NOW,
                }
            )
        )

    def give(self, kind, user):
        record = self.report if kind.res_model == "revisit.report" else self.callback
        [name] = kind.get_external_id().values()
        return record.sudo().activity_schedule(name, user_id=user.id)

    def get_steps(self, task):
        """Return what Odoo offers to do with a task, by every way to it."""
        record = self.env[task.res_model].browse(task.res_id).with_env(task.env)
        [name] = task.activity_type_id.sudo().get_external_id().values()
        later, me = NOW.date() + timedelta(days=999), task.env.uid
        return {
            "done": lambda: task.action_feedback(feedback="Done"),
            "done at once": task.action_done,
            "cancelled": task.action_cancel,
            "deleted": task.unlink,
            "archived": task.action_archive,
            "later": lambda: task.write({"date_deadline": later}),
            "tomorrow": task.action_reschedule_tomorrow,
            "mine": lambda: task.write({"user_id": me}),
            "another record": lambda: task.write({"res_id": record.id}),
            "another kind": lambda: task.write(
                {"activity_type_id": self.env.ref("mail.mail_activity_data_todo").id}
            ),
            "record: done": lambda: record.activity_feedback([name]),
            "record: later": lambda: record.activity_reschedule(
                [name], date_deadline=later
            ),
            "record: deleted": lambda: record.activity_unlink([name]),
            "record: removed": lambda: record.write(
                {"activity_ids": [Command.delete(task.id)]}
            ),
            "record: emptied": lambda: record.write(
                {"activity_ids": [Command.clear()]}
            ),
        }

    def test_every_kind_is_a_task(self):
        """C8: types that are added later are tasks, too."""
        given = self.env["mail.activity"]._revisit_get_given_types()
        # on records of other kinds, some of which agents do not even see
        others = (
            "analysis",
            "customer_data",
            "customer_filed",
            "customer_same",
            "knowledge_review",
            "result_opportunity",
            "result_promise",
            "training",
        )
        wanted = self.kinds
        for name in others:
            wanted |= self.env.ref(f"revisit_management.activity_type_{name}")
        self.assertEqual(given, frozenset(wanted.ids))
        self.assertEqual(len(given), 16)

    def test_colleagues_tasks_stay(self):
        """C8: an agent takes nobody's task off the list, puts it off or takes it."""
        for kind in self.kinds:
            task = self.give(kind, self.supervisor)
            theirs = task.with_user(self.agent)
            self.assertFalse(theirs.can_write)
            for name, step in self.get_steps(theirs).items():
                with self.subTest(kind=kind.name, step=name):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        step()
                        self.env.flush_all()
            self.assertEqual(task.user_id, self.supervisor)
            self.assertTrue(task.exists().active)

    def test_refusal_names_who_has_it(self):
        """K7: whoever is refused reads whom to ask."""
        task = self.give(self.kinds[0], self.supervisor).with_user(self.agent)
        whose = f"is {self.supervisor.name}'s"
        self.assertRefused(AccessError, whose, task.unlink)

    def test_own_tasks_and_supervisors(self):
        """C8: whom it is given to, and supervisors, do all of it."""
        for kind in self.kinds:
            is_help = kind == self.env.ref(
                "revisit_management.activity_type_callback_help"
            )
            receiver = self.supervisor if is_help else self.agent
            doers = self.supervisor | self.manager | receiver
            names = self.get_steps(self.give(kind, receiver))
            del names["record: emptied"]  # Odoo keeps no task without a record
            for user in doers:
                for name in names:
                    self.callback.activity_ids.unlink()
                    self.report.activity_ids.unlink()
                    task = self.give(kind, receiver).with_user(user)
                    with self.subTest(kind=kind.name, user=user.login, step=name):
                        self.get_steps(task)[name]()

    def test_agents_forge_no_task(self):
        """C8: a task of our types comes from its step, by no other way."""
        todo = self.env.ref("mail.mail_activity_data_todo")
        for kind in self.kinds:
            record = self.report if kind.res_model == "revisit.report" else None
            record = (record or self.callback).with_user(self.agent)
            [name] = kind.get_external_id().values()
            values = {
                "res_model_id": self.env["ir.model"]._get(record._name).id,
                "res_id": record.id,
                "activity_type_id": kind.id,
                # an agent asks nobody but supervisors for help
                "user_id": self.supervisor.id,
            }
            tasks = self.env["mail.activity"].with_user(self.agent)
            defaulted = tasks.with_context(default_activity_type_id=kind.id)
            untyped = {k: v for k, v in values.items() if k != "activity_type_id"}
            mine = tasks.create({**values, "activity_type_id": todo.id})
            given = self.give(kind, self.supervisor)
            for way, step in {
                "created": lambda t=tasks, v=values: t.create(v),
                "by default": lambda t=defaulted, v=untyped: t.create(v),
                "scheduled": lambda r=record, n=name: r.activity_schedule(
                    n, user_id=self.supervisor.id
                ),
                "as a line": lambda r=record, v=values: r.write(
                    {"activity_ids": [Command.create(v)]}
                ),
                "turned into one": lambda m=mine, k=kind: m.write(
                    {"activity_type_id": k.id}
                ),
                "copied": lambda g=given: g.with_user(self.agent).copy(),
            }.items():
                with self.subTest(kind=kind.name, way=way):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        step()
                        self.env.flush_all()
            supervisors = tasks.with_user(self.supervisor)
            self.assertTrue(supervisors.create(values), "theirs to give")
            self.assertTrue(mine.write({"summary": "Look again"}))

    def test_what_people_plan_is_theirs(self):
        """C1: activities of other types are as Odoo has them."""
        task = self.callback.sudo().activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.supervisor.id
        )
        task.with_user(self.agent).unlink()
        self.assertFalse(task.exists())

    def test_no_caller_switches_tasks_off(self):
        """C3, K1: a context of Odoo's that any client may send keeps no task away."""
        silent = {"mail_activity_automation_skip": True}
        self.customer.phone = "+86 13800138000"
        parked = self.make_callback(user_id=self.agent.id)
        parked.with_user(self.agent).with_context(**silent)._correct_number("")
        self.assertEqual(parked.activity_ids.user_id, self.supervisor)
        theirs = self.callback.with_user(self.supervisor).with_context(**silent)
        theirs.action_review("redo", "Say more")
        self.assertEqual(self.callback.activity_ids.user_id, self.agent)
        self.callback.with_user(self.agent).with_context(**silent).action_redone("x")
        self.assertEqual(self.callback.activity_ids.user_id, self.supervisor)
        theirs.action_review("passed")
        self.assertFalse(self.callback.activity_ids)
