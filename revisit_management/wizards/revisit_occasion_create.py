# Part of Revisit. See LICENSE file for full copyright and licensing details.
import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.terms import OCCASION_KINDS


class RevisitOccasionCreate(models.TransientModel):
    """Creates the same occasion for many customers, e.g. a holiday's greetings."""

    _name = "revisit.occasion.create"
    _description = "Create Occasions"

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, default=lambda self: self.env.company
    )
    name = fields.Char(required=True)
    kind = fields.Selection(selection=OCCASION_KINDS, required=True, default="holiday")
    date = fields.Date(
        required=True, default=lambda self: self.env.company._revisit_today()
    )
    domain = fields.Char(
        string="Customers",
        required=True,
        default="[('parent_id', '=', False), ('is_dealer', '=', False)]",
    )
    partner_count = fields.Integer(
        string="Written Down For",
        compute="_compute_partner_count",
        help="How many customers meet the condition; colleagues never do.",
    )

    @api.depends("domain", "company_id")
    def _compute_partner_count(self):
        for wizard in self:
            domain = wizard._get_partner_domain()
            wizard.partner_count = self.env["res.partner"].search_count(domain)

    def _get_partner_domain(self):
        """Return the domain of the customers, without internal users."""
        self.ensure_one()
        try:
            domain = Domain(ast.literal_eval(self.domain or "[]"))
            domain.validate(self.env["res.partner"])
        except (ValueError, SyntaxError, TypeError, KeyError) as error:
            raise UserError(
                self.env._(
                    "The condition %(domain)s cannot be searched: %(error)s",
                    domain=self.domain,
                    error=error,
                )
            ) from error
        return (
            domain
            & Domain("partner_share", "=", True)
            & Domain("company_id", "in", [self.company_id.id, False])
        )

    def action_create(self):
        """Create the occasions; customers who have this one already are left out."""
        self.ensure_one()
        Occasion = self.env["revisit.occasion"]
        Occasion.check_access("create")
        written = Occasion._create_for(
            self.company_id,
            self.env["res.partner"]._search(self._get_partner_domain()),
            self.kind,
            self.name,
            self.company_id._revisit_day_bounds(self.date)[0],
            f"{self.name}:{self.date}",
        )
        if not written:
            raise UserError(
                self.env._(
                    "Nobody is left to write this down for: no customer meets the"
                    " condition, or all of them have this occasion already."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_occasion_action"
        )
        return {
            **action,
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("key", "=", f"{self.name}:{self.date}"),
            ],
        }
