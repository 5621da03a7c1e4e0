# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.revisit_management.tools import periods

from ...tools.population import Bounds


class RevisitAssessment(models.Model):
    """The days that an assessment counts: over, and counted by no other one."""

    _inherit = "revisit.assessment"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("scheme_id", "date_from", "date_to")
    def _check_apart(self):
        """Refuse to count the same days twice by one scheme.

        :raise ValidationError: names the assessment whose period overlaps
        """
        self.flush_recordset(["scheme_id", "date_from", "date_to"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id, min(b.id)
                  FROM revisit_assessment a
                  JOIN revisit_assessment b
                    ON b.scheme_id = a.scheme_id AND b.id != a.id
                   AND b.date_from <= a.date_to AND b.date_to >= a.date_from
                 WHERE a.id = ANY(%s)
              GROUP BY a.id ORDER BY a.id LIMIT 1
                """,
                self.ids,
            )
        )
        for own, other in rows:
            # its name is told, whoever may read it
            before = self.sudo().browse(other)
            raise ValidationError(
                self.env._(
                    "%(assessment)s overlaps %(other)s: what happened on the same days"
                    " would count twice. Choose days that no other assessment of the"
                    " scheme has, or open that one.",
                    assessment=self.browse(own).name,
                    other=before.name,
                )
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_bounds(self):
        """Return the past part of the period, as local days and as UTC moments.

        The future is left out: a callback whose window is still open has not been
        missed.
        """
        self.ensure_one()
        today = self.company_id._revisit_today()
        days = (self.date_from, min(self.date_to, max(today, self.date_from)))
        start, end = self._get_moments()
        return Bounds(days, (start, min(end, max(fields.Datetime.now(), start))))

    def _get_moments(self):
        """Return the first moment of the period and the first one after it, in UTC."""
        self.ensure_one()
        tz = self.company_id._revisit_tz()
        return periods.utc_bounds(self.date_from, self.date_to, tz)

    def _get_end(self):
        return self._get_moments()[1]

    def _check_over(self):
        """Refuse to freeze numbers that were computed before their period was over.

        :raise UserError: names the assessment and its last day
        """
        for assessment in self:
            values = {
                "assessment": assessment.name,
                "day": format_date(assessment.env, assessment.date_to),
            }
            if fields.Datetime.now() < assessment._get_end():
                raise UserError(
                    assessment.env._(
                        "%(assessment)s runs until %(day)s: its numbers are a preview"
                        " of what was due so far. Compute, review and publish it when"
                        " the period is over.",
                        **values,
                    )
                )
            if assessment.is_running:
                raise UserError(
                    assessment.env._(
                        "%(assessment)s was computed before its last day, %(day)s, was"
                        " over. Compute it again, then review it.",
                        **values,
                    )
                )
