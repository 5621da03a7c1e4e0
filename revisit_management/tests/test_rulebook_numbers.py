# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import RevisitCommon
from .seed_numbers import SEEDS

# the numbers of a row besides its position in a list and its colour
NUMBERS = {
    "revisit.rulebook": ("cap_limit", "touch_limit", "centre_volume"),
    "revisit.script": ("duration",),
    "revisit.issue.deadline": ("respond_hours", "resolve_hours"),
    "revisit.policy.channel": ("position_from",),
    "revisit.policy.step": ("position", "delay", "open_for"),
}
# a number that says nothing of its own: no limit, from the first one on
SILENT = {
    "cap_limit": 0,
    "touch_limit": 0,
    "centre_volume": 0,
    "position_from": 1,
    "opens_at": 0,
    "sample_rate": 0,
    "sample_ceiling_rate": 0,
    "day_from": 0,
    "day_to": 0,
    "first_after_months": 0,
    # not set: such a policy is shipped archived
    "period_months": 0,
    "first_period_days": 0,
}
# where a row stands, how it looks, and the number of a rulebook's version
# how things are shown and tried, which no rule's text is about
FORMAL = (
    "sequence",
    "color",
    "version",
    "retry_no_answer",
    "retry_busy",
    "tries_wanted",
    "tries_days",
    # Odoo's own, of surveys that other people fill in
    "attempts_limit",
    "random_questions_count",
    "scoring_success_min",
    "time_limit",
    "session_speed_rating_time_limit",
)
WINDOW = ("delay_min", "delay_max", "opens_at")
BY_RECURRENCE = {
    "event": WINDOW,
    "calendar": ("period_months", "day_from", "day_to", "first_period_days"),
    "rolling": ("period_months", "first_after_months", *WINDOW),
    "sample": ("period_months", "sample_rate", "sample_ceiling_rate", *WINDOW),
}


@tagged("post_install", "-at_install")
class TestRulebookNumbers(RevisitCommon):
    """B0, R: a number stands in a rule's text, or is marked as ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fresh = cls.make_company("Fresh Company")
        cls.rulebooks = cls.env["revisit.rulebook"].with_company(cls.fresh)
        cls.codes = cls.rulebooks._get_shipped_codes()

    def get_numbers(self, record):
        """Return the names of the values of a row that are numbers in force."""
        names = NUMBERS.get(record._name, ())
        if record._name == "revisit.policy":
            names = BY_RECURRENCE[record.recurrence]
        numbers = [n for n in names if record[n] != SILENT.get(n, object())]
        if "domain" in record and re.search(r"\d", record.domain or ""):
            numbers.append("domain")
        return numbers

    def iter_records(self, rulebook):
        for module, model, header, rows in rulebook._iter_files():
            for row in rows:
                xmlid = rulebook._get_xmlid(module, row[header.index("id")])
                yield model, row[0], rulebook._get_record(xmlid)

    def test_every_number_has_its_sentence_or_our_mark(self):
        """B0, R: in all nineteen, row by row; a mark names what it marks."""
        used = set()
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            for model, row, record in self.iter_records(rulebook):
                ours = (
                    set((record["our_values"] or "").split())
                    if ("our_values" in record)
                    else set()
                )
                for name in self.get_numbers(record):
                    key = (code, row, name)
                    with self.subTest(code=code, model=model, row=row, name=name):
                        self.assertNotEqual(
                            key in SEEDS, name in ours, "either a sentence, or ours"
                        )
                        if key in SEEDS:
                            used.add(key)
                            value, sentence = SEEDS[key]
                            self.assertEqual(record[name], value)
                            self.assertTrue(sentence)
        self.assertEqual(used, set(SEEDS), "a sentence that no row needs")

    def says_nothing(self, record, name):
        """Return whether a model's default is no number of a rule in this row."""
        return {
            # of periodic policies and samples only
            "period_months": lambda: record.recurrence == "event",
            # from the first one on
            "position_from": lambda: record.position_from == 1,
            # per one unit, as the points are printed
            "step": lambda: record.step == 1,
            # the highest that a scheme may have
            "bonus_ceiling": lambda: record.bonus_ceiling == 10,
        }.get(name, lambda: False)()

    def test_no_default_stands_in_for_a_number(self):
        """B0: what a file leaves blank is not set, whatever the model begins with."""
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            for _module, model, header, rows in rulebook._iter_files():
                Model = self.env[model]
                names = [
                    name
                    for name, field in Model._fields.items()
                    if field.type in ("integer", "float", "monetary")
                    and field.store
                    and name not in FORMAL
                ]
                defaults = Model.default_get(names)
                for row in rows:
                    cells = dict(zip(header, row, strict=True))
                    record = rulebook._get_record(
                        rulebook._get_xmlid(_module, cells["id"])
                    )
                    for name in names:
                        if not defaults.get(name) or record[name] != defaults[name]:
                            continue
                        if self.says_nothing(record, name):
                            continue
                        with self.subTest(code=code, row=cells["id"], name=name):
                            self.assertTrue(cells.get(name), "filled by a default")

    def test_months_of_older_releases_are_taken_back(self):
        """B0, B3: those that a default had filled, unless someone relied on them."""
        for code, row in (
            ("rewards", "policy_periodic"),
            ("securities", "policy_periodic"),
        ):
            rulebook = self.rulebooks.action_install(code)
            xmlid = rulebook._get_xmlid("revisit_management", row)
            policy = self.env.ref(xmlid)
            self.assertFalse(policy.period_months)
            self.assertNotIn("period_months", policy.our_values or "")
            baseline = dict(rulebook.baseline)
            older = dict(baseline[xmlid])
            if code == "rewards":
                del older["period_months"]
            else:
                older["period_months"] = ["3", 3]
            months = 1 if code == "rewards" else 3
            rulebook._step({"baseline": {**baseline, xmlid: older}})
            with self.subTest(code=code):
                # activated with what was shipped: it goes on, and installing works
                policy.write({"period_months": months, "active": True})
                rulebook._unset_months()
                self.rulebooks.action_install(code)
                self.assertEqual(policy.period_months, months)
                policy.active = False
                rulebook._step({"baseline": {**baseline, xmlid: older}})
                policy.period_months = 12
                rulebook._unset_months()
                self.assertEqual(policy.period_months, 12, "edited")
                policy.period_months = months
                rulebook._unset_months()
                self.assertFalse(policy.period_months)
                self.assertEqual(rulebook.baseline[xmlid]["period_months"], ["0", 0])

    def test_nothing_is_planned_without_months(self):
        """B3, B8: by no way; and who has planned keeps the months."""
        rulebook = self.rulebooks.action_install("rewards")
        policy = rulebook.waiting_policy_ids.filtered(
            lambda p: p.code == "rewards_periodic"
        )
        self.assertEqual(policy.window_text, "How often is not set yet")
        for call in (
            lambda: policy.write({"active": True}),
            lambda: policy._check_generate("2026-01-01", "2026-02-01"),
            lambda: policy._plan_records(self.partner),
        ):
            self.assertRefused(ValidationError, "not set how often", call)
        policy.write({"period_months": 3, "active": True})
        self.assertRefused(
            ValidationError, "not set how often", policy.write, {"period_months": 0}
        )

    def test_ours_is_shown_in_words(self):
        """B0: on the row, in the dialog before installing, and in the export."""
        rulebook = self.rulebooks._get_for_company("appliance")
        dialog = self.env["revisit.rulebook.install"].create(
            {"rulebook_id": rulebook.id}
        )
        line = dialog.line_ids.filtered(
            lambda row: row.row_id == "policy_issue_resolved"
        )
        self.assertEqual(line.name, "After a problem is solved: within 3 days")
        self.assertEqual(line.our_reading, "Earliest, Latest")
        dialog.action_install()
        policy = rulebook.policy_ids.filtered(
            lambda p: p.code == "appliance_issue_resolved"
        )
        self.assertTrue(policy.is_ours)
        self.assertEqual(policy.our_reading, "Earliest, Latest")
        header, *rows = [
            row
            for part in [rulebook._export_files()["revisit.policy"]]
            for row in (part[0], *part[1])
        ]
        cells = {row[0]: row[header.index("our_values")] for row in rows}
        self.assertEqual(cells["policy_issue_resolved"], "delay_min delay_max")
        self.assertEqual(cells["policy_purchase"], "")

    def test_a_mark_names_values_of_the_row(self):
        policy = self.make_policy()
        self.assertRefused(
            Exception, "no value of such a row", policy.write, {"our_values": "nope"}
        )

    def test_dialog_tells_what_waits(self):
        """B0: in words what is not set, and which policies are shipped archived."""
        self.env["res.lang"]._activate_lang("zh_CN")
        for code in self.codes:
            rulebook = self.rulebooks._get_for_company(code)
            for lang in ("en_US", "zh_CN"):
                with self.subTest(code=code, lang=lang):
                    dialog = (
                        self.env["revisit.rulebook.install"]
                        .with_context(lang=lang)
                        .create({"rulebook_id": rulebook.id})
                    )
                    self.assertTrue(dialog.unset_text)
                    waiting = dialog.line_ids.filtered("waits")
                    self.assertEqual(bool(dialog.waiting_text), bool(waiting))
                    for name in waiting.mapped("name"):
                        self.assertIn(name, dialog.waiting_text)
                    self.assertTrue(all(dialog.line_ids.mapped("name")))

    def test_dialog_shows_no_technical_name(self):
        """B0: where no added policy waits there is no text, also after installing."""
        rulebook = self.rulebooks.action_install("securities")
        dialog = self.env["revisit.rulebook.install"].create(
            {"rulebook_id": rulebook.id}
        )
        self.assertFalse(dialog.waiting_text)
        self.assertFalse(self.env["revisit.rulebook.install"].new({}).unset_text)

    def test_names_are_told_apart_by_the_rulebook(self):
        """B0: policies and units of one name, in drop-downs, lists and warnings."""
        found = self.rulebooks.browse()
        for code in ("rewards", "three_rates"):
            found += self.rulebooks.action_install(code)
        policies = found.with_context(active_test=False).policy_ids.filtered(
            lambda policy: policy.name == "After a problem is solved"
        )
        self.assertEqual(len(policies), 2)
        self.assertEqual(len(set(policies.mapped("display_name"))), 1)
        told = policies.with_context(revisit_with_rulebook=True)
        self.assertEqual(
            told.mapped("display_name"),
            [
                f"After a problem is solved ({policy.rulebook_id.name})"
                for policy in policies
            ],
        )
        units = policies.team_id
        self.assertEqual(len(set(units.mapped("name"))), 1)
        self.assertEqual(
            units.with_context(revisit_with_rulebook=True).mapped("display_name"),
            [f"Customer Service ({unit.rulebook_text})" for unit in units],
        )
        self.assertEqual(set(units.mapped("rulebook_text")), set(found.mapped("name")))
        for policy in policies:
            self.assertIn(f"({policy.rulebook_id.name})", policy.unit_problem)

    def test_update_dialog(self):
        """B0: what was found by its name is no edit; nothing to do, no button."""
        self.env["hr.department"].create(
            {"name": "Customer Service", "company_id": self.fresh.id}
        )
        rulebook = self.rulebooks._get_for_company("rewards")
        self.assertEqual(rulebook.action_open_install()["name"], "Install Rulebook")
        rulebook.action_install()
        self.assertEqual(rulebook.action_open_install()["name"], "Update Rulebook")
        policy = rulebook.policy_ids[0]
        policy.name = "Ours"
        dialog = self.env["revisit.rulebook.install"].create(
            {"rulebook_id": rulebook.id}
        )
        self.assertTrue(dialog.is_up_to_date)
        happens = {line.row_id: line.what for line in dialog.line_ids}
        self.assertEqual(happens.pop("department_service"), "adopted")
        self.assertEqual(set(happens.values()), {"kept"})

    def test_listed_rulebooks_take_the_texts_of_a_release(self):
        """B0: in each language, also where the row is older than the release."""
        self.env["res.lang"]._activate_lang("zh_CN")
        listed = self.rulebooks._get_for_company("securities")
        listed.write({"summary": "Old", "unset_parameters": False})
        self.rulebooks._register_shipped(self.fresh)
        self.assertIn("3 working days", listed.summary)
        self.assertIn("How often", listed.unset_parameters)
        chinese = listed.with_context(lang="zh_CN")
        self.assertIn("定期回访的周期", chinese.unset_parameters)

    def test_rulebook_links_what_waits(self):
        """B0: the policies that a choice is missing for, until they are active."""
        rulebook = self.rulebooks.action_install("securities")
        waiting = rulebook.waiting_policy_ids
        self.assertEqual(
            set(waiting.mapped("code")),
            {
                "securities_opening_check",
                "securities_periodic",
                "securities_birthday",
                "securities_holiday",
            },
        )
        action = rulebook.action_open_waiting()
        self.assertEqual(
            self.env["revisit.policy"]
            .with_context(**action["context"])
            .search(action["domain"]),
            waiting,
        )
        waiting.filtered(lambda p: p.code == "securities_birthday").active = True
        self.assertEqual(len(rulebook.waiting_policy_ids), 3)

    def test_clerks_are_obligatory(self):
        """A4, [001.3]: an office of a new company without a clerk is a breach."""
        self.rulebooks.action_install("branch_network")
        office = self.make_team("Bay", company_id=self.fresh.id, kind="office")
        self.assertEqual(office.unit_breach, "Has no service clerk.")

    def test_units_of_other_rulebooks_are_left_alone(self):
        """A4: a rule holds where its rulebook works, and where none does."""
        self.rulebooks.action_install("branch_network")
        self.rulebooks.action_install("property")
        Team = self.env["revisit.team"]
        offices = Team.search(
            [("company_id", "=", self.fresh.id), ("kind", "=", "office")]
        )
        names = offices.filtered("unit_breach").mapped("name")
        self.assertEqual(
            set(names),
            {"Office With a Service Centre", "Office Without a Service Centre"},
        )
        # named by hand, and planned for by another one
        bay = self.make_team("Bay", company_id=self.fresh.id, kind="office")
        self.assertTrue(bay.unit_breach)
        policy = self.env["revisit.policy"].search(
            [("company_id", "=", self.fresh.id), ("code", "=", "property_complaint")]
        )
        policy.team_id = bay
        self.env.invalidate_all()
        self.assertFalse(bay.unit_breach)
        self.assertNotIn(bay, Team.search([("unit_breach", "!=", False)]))
