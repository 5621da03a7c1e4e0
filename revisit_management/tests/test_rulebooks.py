# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
from copy import deepcopy
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.rules import rulebook_loading
from .common import NOW, RevisitCommon

CODES = (
    "appliance",
    "dealer_csi",
    "enterprise",
    "property",
    "property_c",
    "securities",
    "showroom",
    "utility",
    "value_tier",
)


@tagged("post_install", "-at_install")
class TestRulebookLoader(RevisitCommon):
    """B0, R: shipped rulebooks install, and updates never overwrite an edit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebooks = cls.env["revisit.rulebook"]
        cls.files = {}

    def install(self, code="appliance", company=None):
        rulebooks = self.rulebooks.with_company(company or self.company)
        return rulebooks.action_install(code)

    def ref(self, name, code="appliance", company=None):
        company = company or self.company
        return self.env.ref(
            f"revisit_management.{company.id}_{code}_{name}", raise_if_not_found=False
        )

    def ship(self, model, change, code="appliance"):
        """Let a later release ship a file changed by ``change(header, rows)``."""
        module = "revisit_management"
        if not self.files:
            Rulebook = self.env.registry["revisit.rulebook"]
            read_file = Rulebook._read_file

            def read_shipped(self_, module, code, model):
                shipped = self.files.get((module, code, model))
                if shipped:
                    return deepcopy(shipped)
                return read_file(self_, module, code, model)

            self.patch(Rulebook, "_read_file", read_shipped)
            self.addCleanup(self.files.clear)
        header, rows = deepcopy(self.rulebooks._read_file(module, code, model))
        change(header, rows)
        self.files[module, code, model] = (header, rows)

    def ship_cell(self, model, row_id, column, text):
        def change(header, rows):
            row = next(row for row in rows if row[0] == row_id)
            row[header.index(column)] = text

        self.ship(model, change)

    def get_preview(self, code="appliance"):
        rulebook = self.rulebooks._get_for_company(code)
        wizard = (
            self.env["revisit.rulebook.install"]
            .with_user(self.manager)
            .create({"rulebook_id": rulebook.id})
        )
        lines = [(line.row_id, line.what, line.columns) for line in wizard.line_ids]
        return wizard, lines

    # ------------------------------------------------------------
    # INSTALLING
    # ------------------------------------------------------------

    def test_shipped_rulebooks_are_listed(self):
        """B0: each company sees what it could install."""
        for company in (self.company, self.make_company()):
            listed = self.rulebooks.search([("company_id", "=", company.id)])
            self.assertLessEqual(set(CODES), set(listed.mapped("code")))
            self.assertEqual(set(listed.mapped("state")), {"available"})

    def test_rows_are_told_apart(self):
        """B0: choices with their question, rows without a name by what they say."""
        for code in ("appliance", "value_tier", "enterprise"):
            wizard, _lines = self.get_preview(code)
            rows = [(line.model_label, line.name) for line in wizard.line_ids]
            self.assertGreater(len(set(rows)) / len(rows), 0.9, code)
        wizard, _lines = self.get_preview()
        names = wizard.line_ids.mapped("name")
        self.assertTrue([name for name in names if name.endswith("?: Partly")], names)

    def test_a_unit_without_people_is_told_at_once(self):
        """B0: what is planned for it would wait there for nobody."""
        wizard, _lines = self.get_preview("value_tier")
        action = wizard.action_install()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("neither agents nor a manager", action["params"]["message"])

    def test_manager_installs(self):
        """B0, K1: a manager installs, without rights on departments."""
        rulebook = self.rulebooks.with_user(self.manager).action_install("appliance")
        self.assertEqual(
            (rulebook.state, rulebook.company_id), ("installed", self.company)
        )
        self.assertEqual(len(rulebook.policy_ids), 5)
        category = self.ref("category_quality")
        self.assertEqual(category.department_id.name, "Research & Development")
        self.assertEqual(category.co_department_ids.name, "Production")
        deadline = self.ref("deadline_service_critical")
        self.assertEqual((deadline.respond_hours, deadline.resolve_hours), (4, 48))
        self.assertEqual(deadline.clock, "elapsed")

    def test_record_method_installs_itself(self):
        """N: action_install() on a listed rulebook installs that one."""
        listed = self.rulebooks.search(
            [("code", "=", "dealer_csi"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(listed.action_install(), listed)
        self.assertEqual(len(listed.policy_ids), 9)

    def test_unset_activation_leaves_history_alone(self):
        """B8: installed policies plan events from now on."""
        rulebook = self.install()
        self.assertEqual(set(rulebook.policy_ids.mapped("active_from")), {NOW})
        old = self.make_order(date="2026-03-01 00:00:00")
        self.plan()
        self.assertFalse(self.get_planned(old))

    def test_installing_twice_changes_nothing(self):
        """B0: safe to repeat."""
        for code in CODES:
            rulebook = self.install(code)
            before = rulebook.baseline
            data = self.env["ir.model.data"].search_count([])
            self.assertEqual(self.install(code), rulebook)
            self.assertEqual(rulebook.baseline, before)
            self.assertEqual(self.env["ir.model.data"].search_count([]), data)
            self.assertTrue(self.get_preview(code)[0].is_up_to_date)

    def test_agents_do_not_install(self):
        """K1: installing is the manager's."""
        for user in (self.agent, self.supervisor):
            self.assertRefused(
                AccessError,
                "Only callback managers install",
                self.rulebooks.with_user(user).action_install,
                "appliance",
            )

    def test_unknown_rulebook_is_told(self):
        """N: the message lists what is shipped."""
        self.assertRefused(
            UserError,
            "Known are: appliance,",
            self.rulebooks.action_install,
            "no_such_rulebook",
        )

    def test_departments_are_adopted_by_name(self):
        """B0: a department that the company has is not created again."""
        ours = self.env["hr.department"].create({"name": "Production"})
        chinese = self.env["hr.department"].create({"name": "研发部"})
        self.install()
        self.assertEqual(self.ref("department_production"), ours)
        self.assertEqual(self.ref("department_rd"), chinese)
        self.assertEqual(chinese.name, "研发部", "the company's wording stays")
        self.install()
        self.assertEqual(chinese.name, "研发部")

    def test_companies_install_separately(self):
        """K3, B0: each company has its own rows, and edits its own."""
        other = self.make_company()
        ours, theirs = self.install(), self.install(company=other)
        self.assertNotEqual(ours, theirs)
        self.assertFalse(ours.policy_ids & theirs.policy_ids)
        for policy in theirs.policy_ids:
            self.assertEqual(policy.company_id, other)
            self.assertEqual(policy.team_id.company_id, other)
            self.assertEqual(policy.script_id.company_id, other)
        category = self.ref("category_quality", company=other)
        self.assertEqual(category.department_id.company_id, other)
        self.ref("policy_purchase").delay_max = 9
        self.assertEqual(self.ref("policy_purchase", company=other).delay_max, 3)

    # ------------------------------------------------------------
    # KEEPING EDITS
    # ------------------------------------------------------------

    def test_edits_are_kept(self):
        """B0: a repeated installation keeps what the company has changed."""
        self.install()
        policy = self.ref("policy_purchase")
        policy.write(
            {"delay_max": 5, "name": "Ours", "team_id": False, "assignment": "none"}
        )
        self.ref("category_quality").co_department_ids = False
        self.ref("script_purchase").body = "<p>Ours</p>"
        self.install()
        self.assertEqual((policy.delay_max, policy.name), (5, "Ours"))
        self.assertFalse(policy.team_id)
        self.assertFalse(self.ref("category_quality").co_department_ids)
        self.assertIn("Ours", self.ref("script_purchase").body)
        self.assertEqual(policy.delay_min, 1)

    def test_archived_stays_archived(self):
        """B0: a policy that the company switched off stays off."""
        self.install()
        policy = self.ref("policy_purchase")
        policy.active = False
        self.install()
        self.assertFalse(policy.active)
        self.assertEqual(len(policy.rulebook_id.policy_ids), 4)

    def test_deleted_stays_deleted(self):
        """B0: what the company has deleted does not come back."""
        self.install()
        self.ref("policy_purchase").unlink()
        self.install()
        self.assertFalse(self.ref("policy_purchase"))
        self.assertIn(
            ("policy_purchase", "deleted", ""),
            [
                (row, what, columns or "")
                for row, what, columns in self.get_preview()[1]
            ],
        )

    def test_new_shipped_value_arrives_where_nobody_edited(self):
        """B0: per cell, and the other cells of an edited row, too."""
        self.install()
        purchase, repair = self.ref("policy_purchase"), self.ref("policy_repair")
        purchase.delay_max = 5
        self.ship_cell("revisit.policy", "policy_purchase", "delay_max", "4")
        self.ship_cell("revisit.policy", "policy_purchase", "delay_min", "2")
        self.ship_cell("revisit.policy", "policy_repair", "delay_max", "6")
        self.install()
        self.assertEqual((purchase.delay_min, purchase.delay_max), (2, 5))
        self.assertEqual(repair.delay_max, 6)
        # and stays so
        self.install()
        self.assertEqual((purchase.delay_min, purchase.delay_max), (2, 5))
        # an edit taken back follows the shipped values again
        purchase.delay_max = 3
        self.install()
        self.assertEqual(purchase.delay_max, 4)

    def test_new_shipped_row_arrives(self):
        """B0: an update may bring policies."""
        self.install()

        def change(header, rows):
            row = list(rows[0])
            row[header.index("id")] = "policy_more"
            row[header.index("code")] = "appliance_more"
            rows.append(row)

        self.ship("revisit.policy", change)
        self.assertIn(
            ("policy_more", "new"), [row[:2] for row in self.get_preview()[1]]
        )
        self.install()
        self.assertEqual(self.ref("policy_more").code, "appliance_more")

    def test_translations_are_loaded_and_their_edits_kept(self):
        """B0, K5: the same holds for the texts of other active languages."""
        self.install()
        self.env["res.lang"]._activate_lang("zh_CN")
        self.install()
        purchase = self.ref("policy_purchase").with_context(lang="zh_CN")
        repair = self.ref("policy_repair").with_context(lang="zh_CN")
        self.assertEqual(purchase.name, "购买后第1至3天首次回访")
        self.assertEqual(
            purchase.with_context(lang="en_US").name, "After a purchase: days 1 to 3"
        )
        purchase.name = "我们的"
        self.ship_cell("revisit.policy", "policy_purchase", "name@zh_CN", "新的")
        self.ship_cell("revisit.policy", "policy_repair", "name@zh_CN", "新的")
        self.install()
        self.assertEqual((purchase.name, repair.name), ("我们的", "新的"))

    def test_dialog_tells_what_happens(self):
        """B0: before installing, the dialog lists new, changed and kept."""
        wizard, lines = self.get_preview()
        self.assertEqual({what for _row, what, _columns in lines}, {"new"})
        self.assertFalse(wizard.is_up_to_date)
        wizard.action_install()
        self.ref("policy_purchase").delay_max = 5
        self.ship_cell("revisit.policy", "policy_repair", "delay_max", "6")
        wizard, lines = self.get_preview()
        self.assertEqual(
            set(lines),
            {
                ("policy_purchase", "kept", "Latest"),
                ("policy_repair", "changed", "Latest"),
            },
        )
        self.assertFalse(wizard.is_up_to_date)
        wizard.action_install()
        self.assertEqual(self.ref("policy_repair").delay_max, 6)
        self.assertTrue(self.get_preview()[0].is_up_to_date)

    # ------------------------------------------------------------
    # FAULTY FILES
    # ------------------------------------------------------------

    def assertInstallationFails(self, *texts):
        """Assert that installing changes nothing and that the message has texts."""
        models = ("revisit.policy", "revisit.team", "hr.department", "ir.model.data")
        counts = [self.env[model].search_count([]) for model in models]
        rulebook = self.rulebooks._get_for_company("appliance")
        with self.assertRaises(UserError) as caught:
            self.install()
        for text in texts:
            self.assertIn(text, str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual([self.env[model].search_count([]) for model in models], counts)
        self.assertEqual(rulebook.state, "available")
        self.assertFalse(rulebook.baseline)

    def test_wrong_number_of_cells(self):
        """B0: hand-edited files fail with file and line."""
        content = "id,name\nteam_a,A\nteam_b,B,surplus\n"

        def file_open(name, *args, **kwargs):
            if name.endswith("appliance/revisit.team.csv"):
                return io.StringIO(content)
            return original(name, *args, **kwargs)

        module = "odoo.addons.revisit_management.models.rules.rulebook_loading"
        original = rulebook_loading.file_open
        with patch(f"{module}.file_open", file_open):
            self.assertInstallationFails(
                "appliance/revisit.team.csv, line 3",
                "3 cells where the header has 2",
            )

    def test_unknown_column(self):
        """B0: a column that does not exist aborts the installation."""

        def change(header, rows):
            header[header.index("delay_max")] = "delay_maximum"

        self.ship("revisit.policy", change)
        self.assertInstallationFails("appliance/revisit.policy.csv", "delay_maximum")

    def test_unknown_reference(self):
        """B0: a reference into nowhere aborts with file and line."""
        self.ship_cell("revisit.policy", "policy_repair", "team_id/id", "team_nowhere")
        self.assertInstallationFails(
            "appliance/revisit.policy.csv", "line 4", "team_nowhere"
        )

    def test_wrong_value(self):
        """B0: a value that does not fit aborts with file and line."""
        self.ship_cell("revisit.policy", "policy_repair", "level", "moon")
        self.assertInstallationFails("appliance/revisit.policy.csv", "line 4", "moon")

    def test_refused_value(self):
        """B0: what a constraint refuses aborts with its message."""
        self.ship_cell("revisit.policy", "policy_repair", "delay_min", "9")
        self.assertInstallationFails(
            "appliance/revisit.policy.csv", "Exchange the two numbers"
        )

    def test_faulty_update_keeps_the_installation(self):
        """B0: a faulty file of a later release leaves everything as it is."""
        rulebook = self.install()
        before = rulebook.baseline
        self.ship_cell("revisit.policy", "policy_purchase", "delay_max", "4")
        self.ship_cell("revisit.policy", "policy_repair", "level", "moon")
        with self.assertRaises(UserError):
            self.install()
        self.assertEqual(rulebook.baseline, before)
        self.assertEqual(self.ref("policy_purchase").delay_max, 3)

    def test_a_release_leaves_answered_questions_as_they_were_asked(self):
        """B0, C2: the rest of the release comes; no answer gets another question."""
        self.install()
        asked = self.ref("question_purchase_quality")
        other = self.ref("question_purchase_attitude")
        words, highest = asked.title, asked.scale_max
        policy = self.make_policy("manual", survey_id=asked.survey_id.id)
        callback = self.make_callback(policy, user_id=self.agent.id)
        mine = callback.with_user(self.agent)
        mine.action_log_attempt("reached")
        mine.action_done(answers={asked.id: 4})
        for name in ("question_purchase_quality", "question_purchase_attitude"):
            self.ship_cell("survey.question", name, "title", "Another question?")
            self.ship_cell("survey.question", name, "scale_max", "9")
        self.install()
        self.assertEqual((asked.title, asked.scale_max), (words, highest))
        self.assertEqual((other.title, other.scale_max), ("Another question?", 9))

    # ------------------------------------------------------------
    # KEEPING RULES
    # ------------------------------------------------------------

    def test_used_rules_are_archived_not_deleted(self):
        """B0: callbacks keep the rule they were made under."""
        rulebook = self.install()
        policy = self.ref("policy_purchase")
        policy.active_from = "2026-01-01 00:00:00"
        order = self.make_order()
        self.plan()
        self.assertRefused(UserError, "Archive the policy instead", policy.unlink)
        self.assertRefused(UserError, "Archive it instead", rulebook.unlink)
        rulebook.version = 2
        self.assertEqual(self.get_planned(order).rulebook_version, 1)

    def test_activating_a_language_translates_installed_rulebooks(self):
        """B0, K5: rulebooks follow when Chinese is activated after them."""
        rulebook = self.install_rulebook("appliance").with_user(self.manager)
        name = rulebook.name
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(
            ["revisit_management"], ["zh_CN"]
        )
        chinese = rulebook.with_context(lang="zh_CN")
        self.assertEqual(chinese.name, "家电公司服务回访管理细则")
        policy = self.env["revisit.policy"].search(
            [("rulebook_id", "=", rulebook.id), ("code", "=", "appliance_purchase")]
        )
        question = policy.survey_id.question_ids[0]
        self.assertIn("产品质量", question.with_context(lang="zh_CN").title)
        self.assertIn("quality", question.with_context(lang="en_US").title)
        opening = policy.script_id.with_context(lang="zh_CN").opening
        self.assertIn("您好", opening)
        self.assertEqual(rulebook.with_context(lang="en_US").name, name)
        rulebook.action_install()

    def test_manager_without_sales_rights_updates_a_rulebook(self):
        """B0, K1: a shipped condition needs no right on the documents."""
        rulebook = self.install_rulebook("dealer_csi").with_user(self.manager)
        policy = rulebook.policy_ids.filtered(
            lambda policy: policy.model_name == "sale.order"
        )[:1]
        policy.sudo().domain = "[('dealer_id', '!=', False)]"
        rulebook.action_install()
        self.assertEqual(policy.domain, "[('dealer_id', '!=', False)]")
