# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import NOW, RevisitCommon


class KnowledgeCase(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.knowledge = cls.env["revisit.knowledge"]
        cls.category = cls.make_category("Noise")

    @classmethod
    def make_knowledge(cls, name="Why does it hum?", publish=True, **values):
        record = cls.knowledge.create(
            {
                "name": name,
                "answer": "<p>Put it <b>level</b>.</p>",
                "tips": "Ask where it stands.",
                "owner_id": cls.supervisor.id,
                "product_ids": [Command.link(cls.product.id)],
                **values,
            }
        )
        if publish:
            record.with_user(cls.supervisor).action_publish()
        return record


@tagged("post_install", "-at_install")
class TestKnowledge(KnowledgeCase):
    """C11: answers found from the callback and the issue, kept by an owner."""

    # ------------------------------------------------------------
    # WRITING AND PUBLISHING
    # ------------------------------------------------------------

    def test_supervisors_write_and_agents_read_what_is_published(self):
        """C11, K1: drafts and retired answers are not the agents'."""
        record = self.knowledge.with_user(self.supervisor).create(
            {"name": "How?", "answer": "<p>So.</p>"}
        )
        mine = record.with_user(self.agent)
        self.assertEqual(record.owner_id, self.supervisor)
        self.assertRaises(AccessError, mine.read, ["name"])
        self.assertRefused(UserError, "never be found", record.action_publish)
        record.product_ids = self.product
        record.action_publish()
        self.assertEqual(mine.read(["name"])[0]["name"], "How?")
        self.assertEqual(record.published_by_id, self.supervisor)
        for refused in (
            lambda: mine.write({"name": "Other"}),
            mine.action_retire,
            mine.action_publish,
            mine.unlink,
            lambda: self.knowledge.with_user(self.agent).create({"name": "Mine"}),
        ):
            with self.assertRaises(AccessError):
                refused()
        record.action_retire()
        self.env.invalidate_all()
        self.assertRaises(AccessError, mine.read, ["name"])

    def test_dealers_and_customers_read_none(self):
        """C11, K1: nobody outside."""
        self.make_knowledge()
        for user in (self.portal_a, self.portal_customer, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.knowledge.with_user(user).search([])

    def test_no_script_gets_in(self):
        """C11: neither by hand nor by a translation."""
        record = self.knowledge.with_user(self.supervisor).create(
            {
                "name": "How?",
                "answer": "<p onclick='a()'>So<script>alert(1)</script>"
                "<a href='javascript:b()'>x</a><img src=x onerror='c()'></p>",
            }
        )
        for evil in ("script", "onclick", "onerror"):
            self.assertNotIn(evil, record.answer)

    def test_state_is_set_by_steps(self):
        """C11, K7: nobody publishes by writing a field."""
        record = self.make_knowledge(publish=False)
        for values in ({"state": "published"}, {"used_count": 9}):
            with self.subTest(values), self.assertRaises(AccessError):
                record.with_user(self.supervisor).write(values)

    def test_what_is_missing_is_said(self):
        for values, text in (
            ({"answer": False}, "no answer"),
            ({"owner_id": False}, "no owner"),
            ({"product_ids": [Command.clear()]}, "never be found"),
        ):
            record = self.make_knowledge(publish=False, **values)
            with self.subTest(text):
                self.assertRefused(UserError, text, record.action_publish)
                self.assertEqual(record.state, "draft")
        self.assertRefused(
            ValidationError,
            "Choose a supervisor",
            self.make_knowledge,
            owner_id=self.agent.id,
        )

    def test_what_was_published_stays(self):
        record = self.make_knowledge()
        self.assertRefused(UserError, "Retire", record.with_user(self.manager).unlink)

    # ------------------------------------------------------------
    # FINDING
    # ------------------------------------------------------------

    def test_found_by_what_the_talk_is_about(self):
        """C11: product, category above it, or issue's category; of the company."""
        top = self.env["product.category"].create({"name": "Appliances"})
        below = self.env["product.category"].create(
            {"name": "Fridges", "parent_id": top.id}
        )
        self.product.categ_id = below
        by_product = self.make_knowledge()
        nothing = [Command.clear()]
        by_top = self.make_knowledge(
            product_ids=nothing, product_category_ids=[Command.link(top.id)]
        )
        by_issue = self.make_knowledge(
            product_ids=nothing, issue_category_ids=[Command.link(self.category.id)]
        )
        self.make_knowledge(product_ids=[Command.set(self.service.ids)])
        self.make_knowledge(publish=False)
        callback = self.make_callback(
            product_id=self.product.id, user_id=self.agent.id
        ).with_user(self.agent)
        self.assertEqual(callback.knowledge_ids, by_product | by_top)
        issue = self.make_issue(category_id=self.category.id)
        confirming = self.make_callback(
            source_model="revisit.issue",
            source_id=issue.id,
            occasion="",
            user_id=self.agent.id,
        ).with_user(self.agent)
        self.assertEqual(confirming.knowledge_ids, by_issue)
        self.assertEqual(issue.knowledge_ids, by_issue)
        foreign = self.make_company()
        by_product.sudo().write({"company_id": foreign.id, "owner_id": False})
        callback.invalidate_recordset()
        self.assertEqual(callback.knowledge_ids, by_top)

    def test_at_most_five_in_one_query(self):
        """C11: however much is known."""
        callback = self.make_callback(
            product_id=self.product.id, user_id=self.agent.id
        ).with_user(self.agent)
        counts = []
        for number in (1, 11):
            for _turn in range(number):
                self.make_knowledge()
            self.env.flush_all()
            self.env.invalidate_all()
            callback.knowledge_ids.mapped("name")
            callback.invalidate_recordset(["knowledge_ids"])
            before = self.env.cr.sql_log_count
            found = callback.knowledge_ids
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(found), 5)
        self.assertEqual(counts[0], counts[1])

    def test_search_reads_question_answer_and_tips(self):
        """C11: Odoo's ordinary search."""
        record = self.make_knowledge()
        for words in ("hum", "level", "stands"):
            with self.subTest(words):
                found = self.knowledge.with_user(self.agent).name_search(words)
                self.assertEqual([row[0] for row in found], record.ids)

    def test_languages(self):
        """C11, K5: question and answer in the agent's language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        record = self.make_knowledge()
        record.with_context(lang="zh_CN").name = "为什么有噪音？"
        self.assertEqual(record.with_context(lang="en_US").name, "Why does it hum?")

    # ------------------------------------------------------------
    # CONSOLE
    # ------------------------------------------------------------

    def test_console_shows_it_and_counts_its_use(self):
        """C11: once for each talk; only what is offered there."""
        record, other = self.make_knowledge(), self.make_knowledge(publish=False)
        callback = self.make_callback(product_id=self.product.id, user_id=self.agent.id)
        console = self.env["revisit.console"].with_user(self.agent)
        shown = console.open_screen(callback.id)["knowledge"]
        self.assertEqual([row["id"] for row in shown], record.ids)
        self.assertIn("<b>level</b>", shown[0]["answer"])
        for _click in range(2):
            console.use_knowledge(callback.id, record.id)
        self.assertEqual(record.used_count, 1)
        self.assertEqual(record.callback_ids, callback)
        for wrong in (other.id, 0, "x", None, 10**12):
            with self.subTest(wrong), self.assertRaises(UserError):
                console.use_knowledge(callback.id, wrong)
        with self.assertRaises(AccessError):
            console.with_user(self.employee_user).use_knowledge(callback.id, record.id)

    # ------------------------------------------------------------
    # OFFERED FROM ISSUES
    # ------------------------------------------------------------

    def solve(self, **values):
        customer = self.make_customer(
            "Wang Xiaoming", phone="+86 138 0013 8000", email="wang@example.com"
        )
        issue = self.make_issue(
            name="Wang Xiaoming's fridge hums",
            partner_id=customer.id,
            product_id=self.product.id,
            category_id=self.category.id,
            description="Hums at night, says Wang Xiaoming (138 0013 8000,"
            " wang@example.com). Model FR-2000, error <b>E5</b>.",
            solution="Put it level.",
            owner_id=self.agent.id,
            team_id=self.team.id,
            **values,
        )
        issue.action_resolve("It is quiet now.")
        return issue

    def test_solution_is_offered_without_the_customer(self):
        """C11, K2: a draft for a supervisor, with a task; once."""
        issue = self.solve()
        issue.with_user(self.agent).action_offer_knowledge()
        draft = self.knowledge.search([("issue_id", "=", issue.id)])
        self.assertEqual(draft.state, "draft")
        self.assertEqual(draft.owner_id, self.supervisor)
        self.assertEqual(draft.activity_ids.user_id, self.supervisor)
        self.assertEqual(draft.product_ids, self.product)
        self.assertEqual(draft.issue_category_ids, self.category)
        words = f"{draft.name} {draft.answer}"
        for secret in ("Wang", "138", "example"):
            self.assertNotIn(secret, words)
        for kept in ("FR-2000", "Put it level", "quiet now", "&lt;b&gt;E5"):
            self.assertIn(kept, words)
        self.assertRefused(
            UserError,
            "offered already",
            issue.with_user(self.agent).action_offer_knowledge,
        )
        draft.with_user(self.supervisor).action_publish()
        self.assertFalse(draft.activity_ids)

    def test_unsolved_issue_is_not_offered(self):
        issue = self.make_issue(category_id=self.category.id, owner_id=self.agent.id)
        self.assertRefused(
            UserError,
            "not solved yet",
            issue.with_user(self.agent).action_offer_knowledge,
        )

    # ------------------------------------------------------------
    # OWNERS
    # ------------------------------------------------------------

    def test_owner_is_reminded_once_per_date(self):
        """C11: on the day of the review, and again only for another day."""
        record = self.make_knowledge(review_on="2026-03-11")
        later = self.make_knowledge(review_on="2026-04-11")
        self.knowledge._cron_remind_reviews()
        self.assertFalse(record.activity_ids)
        with self.at("2026-03-10 17:00:00"):
            for _run in range(2):
                self.knowledge._cron_remind_reviews()
            self.assertEqual(record.activity_ids.user_id, self.supervisor)
            self.assertEqual(len(record.activity_ids), 1)
            record.with_user(self.supervisor).review_on = "2026-03-12"
        with self.at("2026-03-12 01:00:00"):
            self.knowledge._cron_remind_reviews()
            self.assertEqual(len(record.activity_ids), 2)
        self.assertFalse(later.activity_ids)
        self.assertLess(record.published_at, NOW.replace(year=2027))
