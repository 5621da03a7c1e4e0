# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class RevisitCountedMixin(models.AbstractModel):
    """Lets a score line open the records of a model that it counted.

    It is only used in searches: the ids stay in the database, so that a line of 60,000
    records does not send them through the browser. Inherit it in your own models that
    have metrics; without it, the stored list is opened instead.
    """

    _name = "revisit.counted.mixin"
    _description = "Countable by Scores"

    revisit_line_id = fields.Many2one(
        comodel_name="revisit.score.line",
        string="Counted in Score Line",
        store=False,
        search="_search_revisit_line_id",
        exportable=False,
    )
    revisit_line_hit_id = fields.Many2one(
        comodel_name="revisit.score.line",
        string="In Numerator of Score Line",
        store=False,
        search="_search_revisit_line_hit_id",
        exportable=False,
    )

    def _search_revisit_line_id(self, operator, value):
        return self._search_counted(operator, value, "counted")

    def _search_revisit_line_hit_id(self, operator, value):
        return self._search_counted(operator, value, "which")

    def _search_counted(self, operator, value, part):
        if operator != "in":
            return NotImplemented
        ids = [number for number in value if isinstance(number, int) and number]
        lines = self.env["revisit.score.line"].browse(ids).exists()
        lines = lines._filtered_access("read").filtered(
            lambda line: line.model_name == self._name
        )
        if not lines:
            return Domain.FALSE
        queries = SQL(" UNION ").join(line._get_evidence_query(part) for line in lines)
        return Domain("id", "in", SQL("(%s)", queries))
