# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Moves a dealer's scores along when dealers are merged.

    A score and its evidence refer to the dealer by ID. If the kept dealer has a score
    in the same assessment, the other one stays as it was published, because nobody
    scored the two together.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        result = super()._update_foreign_keys(src_partners, dst_partner)
        for partner in src_partners:
            self._move_scores(partner, dst_partner)
        self.env.invalidate_all()
        return result

    @api.model
    def _move_scores(self, src_partner, dst_partner):
        """Set the kept dealer on scores of assessments in which it has none."""
        # a user who merges need not have access to scores
        scores = self.env["revisit.score"].sudo()
        runs = dict(
            scores._read_group(
                [
                    ("subject_kind", "=", "dealer"),
                    ("subject_id", "in", (src_partner + dst_partner).ids),
                ],
                ["subject_id"],
                ["assessment_id:recordset"],
            )
        )
        none = self.env["revisit.assessment"]
        left = runs.get(src_partner.id, none) - runs.get(dst_partner.id, none)
        # frozen rows only get the dealer's new id: it is the same dealer
        for model in ("revisit.score.evidence", "revisit.score"):
            self.env.cr.execute(
                SQL(
                    """UPDATE %s SET subject_id = %s
                        WHERE subject_id = %s AND assessment_id = ANY(%s)""",
                    SQL.identifier(self.env[model]._table),
                    dst_partner.id,
                    src_partner.id,
                    left.ids,
                )
            )
