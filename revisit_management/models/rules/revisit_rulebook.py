# Part of Revisit. See LICENSE file for full copyright and licensing details.
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import file_path

from ...tools.terms import PERIODS
from ...tools.values import NOTE_SIZE

FOLDER = "data/rulebooks"


class RevisitRulebook(models.Model):
    """A named set of policies, issue routes, indicators and grades.

    Every company sees the shipped ones as ``available``; installing one loads its
    CSV files. ``baseline`` stores each cell as it was loaded, so that installing
    again adds new values but never changes what the company has edited. Its owner
    must be a user who may edit it.
    """

    _name = "revisit.rulebook"
    _description = "Rulebook"
    _inherit = [
        "revisit.report.rule.mixin",
        "revisit.archive.rule.mixin",
        "revisit.result.rule.mixin",
        "revisit.analysis.rule.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "revisit.reading.mixin",
    ]
    _order = "state desc, name"

    _server_owned = {
        "baseline",
        "state",
    }

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, copy=False)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    state = fields.Selection(
        selection=[("available", "Available"), ("installed", "Installed")],
        required=True,
        default="installed",
        readonly=True,
        copy=False,
    )
    summary = fields.Text(translate=True)
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        tracking=True,
        help="Kept on every callback and assessment. Raised by New Version, with a"
        " reason.",
    )
    effective_from = fields.Date(
        tracking=True,
        copy=False,
        help="Set when the rulebook is installed, on the company's day. Its policies"
        " plan nothing for events before it; put it back to plan earlier ones.",
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        tracking=True,
        help="Who looks after the rulebook and is reminded of its review.",
    )
    review_on = fields.Date(
        tracking=True,
        help="On this day the owner gets one activity: is the rulebook still right?",
    )
    # Frequency
    cap_limit = fields.Integer(
        string="Callbacks at Most",
        default=0,
        tracking=True,
        help="How many callbacks one customer gets in a period; 0: no limit.",
    )
    cap_period = fields.Selection(
        selection=PERIODS, string="per", required=True, default="quarter"
    )
    cap_scope = fields.Selection(
        selection=[
            ("rulebook", "of This Rulebook"),
            ("company", "of All Rulebooks of the Company"),
        ],
        string="Counted Are Callbacks",
        required=True,
        default="rulebook",
    )
    touch_limit = fields.Integer(
        string="Touches at Most",
        default=0,
        tracking=True,
        help="How many notices and greetings one customer gets in a period; 0: no"
        " limit.",
    )
    touch_period = fields.Selection(
        selection=PERIODS, string="per Period", required=True, default="month"
    )
    touch_joins_cap = fields.Boolean(
        string="Touches Count as Callbacks",
        help="Touches draw on the callbacks' limit instead of one of their own.",
    )
    merge_contacts = fields.Boolean(
        string="Combine Callbacks",
        default=True,
        help="Callbacks due to one customer at the same time are made in one contact,"
        " within one level only. Each keeps its own result.",
    )
    no_own_customer = fields.Boolean(
        string="Nobody Verifies Their Own Customer",
        tracking=True,
        help="Who sold, repaired or owns the case does not make the callback that"
        " verifies it.",
    )
    baseline = fields.Json(readonly=True, copy=False)
    is_shipped = fields.Boolean(compute="_compute_is_shipped")
    policy_ids = fields.One2many(
        comodel_name="revisit.policy", inverse_name="rulebook_id"
    )
    policy_count = fields.Integer(compute="_compute_policy_count")
    unset_parameters = fields.Text(
        string="Not Set Yet",
        translate=True,
        help="What the rulebook leaves to the company. Until it is filled in, the"
        " policies concerned stay archived.",
    )
    has_unit_rule = fields.Boolean(
        string="Offices Need a Service Clerk",
        tracking=True,
        help="An office that sells more than the volume beside it has a service centre"
        " with a full-time clerk; the others have a clerk, if only part-time.",
    )
    centre_volume = fields.Float(
        string="Service Centre Above",
        tracking=True,
        help="Sales volume of an office per year; 0: not set.",
    )
    attribute_ids = fields.One2many(
        comodel_name="revisit.attribute", inverse_name="rulebook_id"
    )
    channel_choice_count = fields.Integer(compute="_compute_channel_choice_count")
    unit_problem = fields.Text(compute="_compute_unit_problem")

    _limits_positive = models.Constraint(
        "CHECK(cap_limit >= 0 AND touch_limit >= 0)",
        "A limit is a number from 0; 0 means that there is none.",
    )
    _code_unique = models.UniqueIndex(
        "(company_id, code)", "This company has a rulebook with this code already."
    )
    _centre_volume_positive = models.Constraint(
        "CHECK(centre_volume >= 0)", "A volume is a number from 0; 0 means not set."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("code")
    def _compute_is_shipped(self):
        shipped = self._get_shipped_codes()
        for rulebook in self:
            rulebook.is_shipped = rulebook.code in shipped

    def _compute_policy_count(self):
        counts = dict(
            self.env["revisit.policy"]._read_group(
                [("rulebook_id", "in", self.ids)], ["rulebook_id"], ["__count"]
            )
        )
        for rulebook in self:
            rulebook.policy_count = counts.get(rulebook, 0)

    def _compute_channel_choice_count(self):
        counts = dict(
            self.env["revisit.policy.channel"]._read_group(
                [("rulebook_id", "in", self.ids), ("team_id", "!=", False)],
                ["rulebook_id"],
                ["__count"],
            )
        )
        for rulebook in self:
            rulebook.channel_choice_count = counts.get(rulebook, 0)

    @api.depends("policy_ids.unit_problem", "policy_ids.active")
    @api.depends_context("lang")
    def _compute_unit_problem(self):
        for rulebook in self:
            policies = rulebook.policy_ids.filtered("active")
            rulebook.unit_problem = policies._get_unit_problems()

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("owner_id", "company_id")
    def _check_entitled(self):
        for rulebook in self.filtered("owner_id"):
            user = rulebook.owner_id
            user._revisit_check_company(rulebook)
            if not user._revisit_may_own(rulebook):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot own %(rulebook)s: only callback managers"
                        " change rulebooks. Choose one of them.",
                        user=user.name,
                        rulebook=rulebook.name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_installed(self):
        if self.policy_ids:
            raise UserError(
                self.env._(
                    "%(rulebook)s has policies. Archive it instead: its callbacks keep"
                    " the rules they were made under.",
                    rulebook=self.filtered("policy_ids")[0].name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_install(self, code=None):
        """Install shipped rulebooks into the current company, keeping all edits.

        Safe to repeat: new rows are added, cells that nobody has edited get their new
        shipped value, edited cells and deleted rows stay as they are.

        :param code: one shipped rulebook's code, instead of ``self``
        :return: the installed rulebooks, of the current company
        :raise AccessError: the caller is not a callback manager
        :raise UserError: no rulebook of this code is shipped, or a file is faulty
        """
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(self.env._("Only callback managers install a rulebook."))
        reader = self.env["revisit.reader"]
        code = reader._read_text(reader._get_label(self, "code"), code, NOTE_SIZE)
        installed = self.browse()
        for wanted in [code] if code else self.mapped("code"):
            rulebook = self._get_for_company(wanted)
            rulebook._take_effect()
            rulebook._load_files()
            installed += rulebook
        self.env["revisit.planner"]._poke()
        return installed

    def action_open_install(self):
        """Button: open the wizard that lists what installing would change."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Update Rulebook")
            if self.state == "installed"
            else self.env._("Install Rulebook"),
            "res_model": "revisit.rulebook.install",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rulebook_id": self.id},
        }

    def action_open_policies(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {
            **action,
            "domain": [("rulebook_id", "=", self.id)],
            "context": {"default_rulebook_id": self.id, "active_test": False},
        }

    def action_open_channel_choices(self):
        """Button: list the units of this rulebook that have chosen another channel."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_channel_action"
        )
        return {**action, "domain": [("rulebook_id", "=", self.id)]}

    def action_open_units(self):
        """Button: open the units in which nobody sees the callbacks of the rulebook."""
        return self.policy_ids.filtered("active")._get_mend_action()

    # ------------------------------------------------------------
    # SHIPPED RULEBOOKS
    # ------------------------------------------------------------

    @api.model
    def _get_rulebook_sources(self):
        """Return ``[(module, [model names in load order])]``. Extend per module."""
        return [
            (
                "revisit_management",
                [
                    "hr.department",
                    "product.category",
                    "revisit.rulebook",
                    "revisit.attribute",
                    "revisit.attribute.choice",
                    "revisit.team",
                    "revisit.script",
                    "revisit.measure",
                    "survey.survey",
                    "survey.question",
                    "survey.question.answer",
                    "sms.template",
                    "revisit.issue.category",
                    "revisit.issue.deadline",
                    "revisit.policy",
                    "revisit.policy.channel",
                    "revisit.policy.step",
                    "revisit.policy.role",
                    "revisit.archive.field",
                ],
            )
        ]

    @api.model
    def _get_shipped_codes(self):
        """Return the codes of the rulebooks that this release contains."""
        folder = Path(file_path(f"revisit_management/{FOLDER}"))
        return sorted(path.parent.name for path in folder.glob(f"*/{self._name}.csv"))

    @api.model
    def _register_shipped(self, companies=None):
        """List every shipped rulebook in every company, as available.

        Texts of rulebooks that are listed already are updated to this release.
        """
        companies = companies or self.env["res.company"]._revisit_all()
        listed = self.with_context(active_test=False).search(
            [("company_id", "in", companies.ids)]
        )
        known = {(rulebook.company_id, rulebook.code) for rulebook in listed}
        for code in self._get_shipped_codes():
            header, rows = self._read_file("revisit_management", code, self._name)
            texts = dict(zip(header, rows[0], strict=True))
            source = {
                name: texts[name]
                for name in ("name", "summary", "unset_parameters")
                if name in texts
            }
            missing = companies.filtered(lambda c, code=code: (c, code) not in known)
            rulebooks = listed.filtered(
                lambda r, code=code: r.code == code and r.state == "available"
            ).with_context(lang="en_US")
            rulebooks.write(source)
            rulebooks += rulebooks.create(
                [
                    {
                        **source,
                        "code": code,
                        "company_id": company.id,
                        "state": "available",
                    }
                    for company in missing
                ]
            )
            rulebooks._step({"state": "available"})
            for lang, values in self._get_translations(texts).items():
                rulebooks.with_context(lang=lang).write(values)

    @api.model
    def _translate_all(self):
        """Translate the rulebooks of all companies when a language is activated."""
        for rulebook in self.with_context(active_test=False).search(
            [("code", "in", self._get_shipped_codes())]
        ):
            if rulebook.state == "installed":
                baseline = dict(rulebook.baseline or {})
                for module, _model, header, rows in rulebook._iter_files():
                    rulebook._load_translations(module, header, rows, baseline)
                    rulebook._remember(module, header, rows, baseline)
                rulebook._step({"baseline": baseline})
                continue
            header, rows = self._read_file(
                "revisit_management", rulebook.code, self._name
            )
            texts = dict(zip(header, rows[0], strict=True))
            for lang, values in self._get_translations(texts).items():
                rulebook.with_context(lang=lang).write(values)

    @api.model
    def _get_for_company(self, code):
        """Return the current company's record of a shipped rulebook."""
        if code not in self._get_shipped_codes():
            raise UserError(
                self.env._(
                    "No rulebook with the code %(code)s is shipped. Known are:"
                    " %(codes)s.",
                    code=code,
                    codes=", ".join(self._get_shipped_codes()),
                )
            )
        company = self.env.company
        domain = [("code", "=", code), ("company_id", "=", company.id)]
        rulebook = self.with_context(active_test=False).search(domain)
        if not rulebook:
            self._register_shipped(company)
            rulebook = self.search(domain)
        return rulebook
