# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools.tasks import heard

LEAD = "crm.lead"
TASK = "revisit_management.activity_type_result_opportunity"


class RevisitResult(models.Model):
    """Suggestions that are worth a visit, and opportunities for the sales people.

    A valuable suggestion is an occasion like others: the trigger *Valuable Suggestion
    in a Talk* starts the clock of the policies that plan a visit, once each. An
    opportunity becomes one of the app CRM where that is installed, else a task of the
    customer's salesperson.
    """

    _inherit = "revisit.result"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "is_valuable",
        "lead_id",
        "task_id",
        "valued_at",
        "valued_by_id",
    }

    is_valuable = fields.Boolean(
        string="Valuable Suggestion",
        readonly=True,
        copy=False,
        tracking=True,
        help="Worth a visit, where a policy says so.",
    )
    valued_at = fields.Datetime(
        string="Found Valuable", readonly=True, copy=False, index="btree_not_null"
    )
    valued_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Found Valuable By",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    visit_ids = fields.Many2many(
        comodel_name="revisit.callback",
        string="Planned Visits",
        compute="_compute_visit_ids",
        help="The callbacks that policies have planned for the suggestion.",
    )
    may_value = fields.Boolean(compute="_compute_may_value")
    # a number, so that the app CRM may come and go
    lead_id = fields.Integer(
        string="Opportunity in CRM", readonly=True, copy=False, aggregator=None
    )
    has_lead = fields.Boolean(compute="_compute_has_lead")
    task_id = fields.Many2one(
        comodel_name="mail.activity",
        string="Task of the Salesperson",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    # ------------------------------------------------------------
    # SUGGESTIONS
    # ------------------------------------------------------------

    @api.depends("is_valuable")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_visit_ids(self):
        """Find the visits that the reader may see, in one search for all."""
        visits = self.env["revisit.callback"].search(
            [("source_model", "=", self._name), ("source_id", "in", self.ids)]
        )
        by_result = visits.grouped("source_id")
        for result in self:
            result.visit_ids = by_result.get(result._origin.id, visits.browse())

    @api.depends("kind", "is_valuable")
    @api.depends_context("uid")
    def _compute_may_value(self):
        for result in self:
            result.may_value = (
                result.kind == "suggestion"
                and not result.is_valuable
                and result._may_judge()
            )

    def _may_judge(self):
        """Return whether the user may say that the suggestion is valuable."""
        self.ensure_one()
        if self.env.su:
            return True
        if self.user_id != self.env.user:
            return self._leads_unit()
        # the rule holds for everybody, whoever may read it
        return self.sudo().callback_id.rulebook_id.agents_value_suggestions

    def action_value(self):
        """Say that suggestions are valuable; policies plan a visit from now on.

        :raise AccessError: the user may not decide it, or has noted it themselves
        :raise UserError: it is no suggestion
        """
        self.check_access("write")
        for result in self:
            result._check_suggestion()
            result._check_may_judge()
        self.filtered(lambda result: not result.is_valuable)._step(
            {
                "is_valuable": True,
                "valued_at": fields.Datetime.now(),
                "valued_by_id": self.env.uid,
            }
        )
        self.env["revisit.planner"]._poke()
        return True

    def _check_may_judge(self):
        if self._may_judge():
            return
        if self._leads_unit():
            raise AccessError(
                self.env._(
                    "%(result)s: you have noted it yourself. Have another supervisor"
                    " or a callback manager say that it is valuable.",
                    result=self.display_name,
                )
            )
        raise AccessError(
            self.env._(
                "Only supervisors say that a suggestion is valuable, unless"
                " the rulebook leaves it to whoever has noted it. Tell yours."
            )
        )

    def action_not_valuable(self):
        """Take back that suggestions are valuable; what nobody has begun goes.

        :raise AccessError: the user is no supervisor
        """
        if not self._is_supervisor():
            raise AccessError(
                self.env._("Only supervisors say that a suggestion is not valuable.")
            )
        self._step({"is_valuable": False, "valued_at": False, "valued_by_id": False})
        self.env["revisit.planner"]._poke()
        return True

    def _check_suggestion(self):
        if self.kind != "suggestion":
            raise UserError(
                self.env._(
                    "%(result)s is no suggestion: only suggestions are valuable.",
                    result=self.display_name,
                )
            )

    def action_open_visits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        return {**action, "domain": [("id", "in", self.visit_ids.ids)], "context": {}}

    # ------------------------------------------------------------
    # OPPORTUNITIES
    # ------------------------------------------------------------

    @api.depends("lead_id")
    @api.depends_context("uid")
    def _compute_has_lead(self):
        known = LEAD in self.env and self.env[LEAD].has_access("read")
        for result in self:
            result.has_lead = bool(known and result.lead_id)

    def _get_leads(self):
        """Return the opportunities of the results in the app CRM (sudo)."""
        if LEAD not in self.env:
            return self.env["mail.activity"].sudo()  # nothing, as no app has any
        # whoever takes back what they have just noted
        return self.env[LEAD].sudo().browse(filter(None, self.mapped("lead_id")))

    def _begin_opportunity(self):
        """Hand what may become a sale to those who sell."""
        seller = self._find_seller()
        if LEAD in self.env:
            # whoever talks with the customer need not work in the app
            lead = self.env[LEAD].sudo().create(self._prepare_lead(seller))
            self.sudo().lead_id = lead.id  # by the system alone
            return
        # whoever talks with the customer may give the salesperson a task
        known = self.sudo()
        known.task_id = heard(known.partner_id).activity_schedule(
            TASK,
            date_deadline=known.company_id._revisit_today(),
            summary=known.words.splitlines()[0][:100],
            note=plaintext2html(known.words),
            user_id=seller.id,
        )

    def _prepare_lead(self, seller):
        """Return the values of the opportunity in CRM; may be extended."""
        known = self.sudo()  # whose it is
        words = [known.words, known.product_id.display_name]
        return {
            "name": known.words.splitlines()[0][:100],
            "type": "opportunity",
            "partner_id": known.partner_id.id,
            "user_id": seller.id,
            "company_id": known.company_id.id,
            "description": plaintext2html("\n".join(filter(None, words))),
        }

    def _find_seller(self):
        """Return the customer's salesperson, or who manages the unit, or the user."""
        known = self.sudo()  # whose customer it is
        found = known.partner_id.user_id | known.commercial_partner_id.user_id
        found |= known.callback_id._get_managers()
        return next(
            (
                user
                for user in found
                if user._revisit_is_colleague()
                and user._revisit_works_in(known.company_id)
            ),
            self.env.user,
        )

    def action_open_lead(self):
        """Button: open the opportunity in the app CRM."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": LEAD,
            "view_mode": "form",
            "views": [(False, "form")],
            "res_id": self.lead_id,
        }
