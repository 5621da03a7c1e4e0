# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import format_datetime


class RevisitScore(models.Model):
    """What the printed score sheet says about itself."""

    _inherit = "revisit.score"

    def _get_sheet_facts(self):
        """Return [(label, text)]: whose sheet it is, and whether its figures are final.

        The company stands in the sheet itself: some versions of wkhtmltopdf print
        no page headers.
        """
        self.ensure_one()
        # the address of a report asks for no right of its own
        self.check_access("read")
        # who may read a score need not read the assessment or the company
        run, company = self.sudo().assessment_id, self.sudo().company_id
        facts = [
            (self.env._("Company"), company.name),
            (self.env._("Period"), f"{run.date_from} – {run.date_to}"),
        ]
        if not run.published_at:
            note = self.env._("Not published: the figures may still change.")
            return [*facts, (self.env._("State"), note)]
        published = format_datetime(
            self.env, run.published_at, company._revisit_tz(), "yyyy-MM-dd HH:mm"
        )
        return [
            *facts,
            (self.env._("Published"), f"{published}, {run.published_by_id.name}"),
            (self.env._("Seal (SHA-256)"), run.content_hash),
        ]
