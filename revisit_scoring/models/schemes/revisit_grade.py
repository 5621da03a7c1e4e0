# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models


class RevisitGrade(models.Model):
    """A grade of a scheme: totals over its lower bound, up to its upper bound."""

    _name = "revisit.grade"
    _description = "Appraisal Grade"
    _inherit = ["revisit.reading.mixin", "revisit.scheme.part.mixin"]
    _order = "scheme_id, lower desc, id"

    scheme_id = fields.Many2one(
        comodel_name="revisit.scheme", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    name = fields.Char(string="Grade", required=True)
    label = fields.Char(string="Meaning", translate=True)
    lower = fields.Float(
        string="Over",
        required=True,
        digits=(6, 2),
        help="The bound itself belongs to the grade below; only the lowest grade holds"
        " its own lower bound.",
        aggregator=None,
    )
    upper = fields.Float(string="Up To", required=True, digits=(6, 2), aggregator=None)
    color = fields.Integer(aggregator=None)

    def _get_scheme(self):
        return self.scheme_id

    def _prepare_definition(self):
        """Return a plain JSON copy, to be kept by an assessment."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "label": self._fields["label"]._get_stored_translations(self),
            "lower": self.lower,
            "upper": self.upper,
            "color": self.color,
        }
