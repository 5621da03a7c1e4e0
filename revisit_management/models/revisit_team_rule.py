# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain


class RevisitTeam(models.Model):
    """How an office is staffed, and whether the rulebook's rule is kept (A4)."""

    _inherit = "revisit.team"

    has_service_centre = fields.Boolean(string="Service Centre", tracking=True)
    clerk_id = fields.Many2one(
        comodel_name="res.users",
        string="Service Clerk",
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
    )
    clerk_time = fields.Selection(
        selection=[("full", "Full Time"), ("part", "Part Time")], tracking=True
    )
    sales_volume = fields.Float(
        help="Per year, in the measure of the rulebook's rule for units."
    )
    unit_breach = fields.Char(
        string="Breach of the Unit Rule",
        compute="_compute_unit_breach",
        search="_search_unit_breach",
        help="What the installed rulebooks ask of this unit and it does not have.",
    )

    @api.depends(
        "kind",
        "has_service_centre",
        "clerk_id",
        "clerk_time",
        "sales_volume",
        "company_id",
    )
    def _compute_unit_breach(self):
        breaches = self._get_breaches()
        for team in self:
            team.unit_breach = breaches.get(team, False)

    def _search_unit_breach(self, operator, value):
        if operator not in ("in", "not in") or set(value) != {False}:
            return NotImplemented
        breaking = self.search([("kind", "=", "office")])._get_breaches()
        ids = [team.id for team in breaking]
        return Domain("id", "not in" if operator == "in" else "in", ids)

    def _get_breaches(self):
        """Return {unit: what it lacks} of those that break a rulebook's rule."""
        rules = dict(
            self.env["revisit.rulebook"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("state", "=", "installed"),
                    ("has_unit_rule", "=", True),
                ],
                ["company_id"],
                ["id:recordset"],
            )
        )
        breaches = {}
        for team in self:
            for rulebook in rules.get(team.company_id, ()):
                breach = team._get_breach(rulebook)
                if breach:
                    breaches.setdefault(team, breach)
        return breaches

    def _get_breach(self, rulebook):
        """Return what an office lacks under a rulebook's rule for units, or False.

        A volume that is not set makes no office large.
        """
        self.ensure_one()
        if self.kind != "office":
            return False
        limit = rulebook.centre_volume
        if limit and self.sales_volume > limit and not self.has_service_centre:
            return self.env._("Sells enough to need a service centre.")
        if not self.clerk_id:
            return self.env._("Has no service clerk.")
        if self.has_service_centre and self.clerk_time != "full":
            return self.env._("The service centre has no full-time clerk.")
        return False
