# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL


class RevisitPlannerSet(models.AbstractModel):
    """Set-based: what leaves the scores, see ``revisit.left.mixin``."""

    _inherit = "revisit.planner.set"  # pylint: disable=consider-merging-classes-inherited

    def _get_gone_left_sql(self):
        """Return what is noted of callbacks that are cancelled, as their documents no
        longer ask for them."""
        return SQL(
            """left_at = %s, left_by_id = %s, is_unwanted = EXISTS (
                   SELECT 1 FROM res_partner partner
                     JOIN res_partner family
                       ON family.id = partner.commercial_partner_id
                    WHERE partner.id = revisit_callback.partner_id
                      AND (partner.do_not_contact OR family.do_not_contact))""",
            fields.Datetime.now(),
            self.env.uid,
        )

    def _get_moved_left_sql(self, too_late):
        """Return the same of callbacks that are moved, or come back.

        :param too_late: SQL of whether they are known too late from now on
        """
        changed = SQL(
            "(callback.state = 'cancelled' OR %s !="
            " COALESCE(callback.is_known_too_late, FALSE))",
            too_late,
        )
        return SQL(
            """left_at = CASE WHEN NOT %(changed)s THEN callback.left_at
                              WHEN %(late)s THEN %(now)s::timestamp END,
               left_by_id = CASE WHEN NOT %(changed)s THEN callback.left_by_id
                                 WHEN %(late)s THEN %(uid)s END,
               is_unwanted = NOT %(changed)s AND callback.is_unwanted""",
            changed=changed,
            late=too_late,
            now=fields.Datetime.now(),
            uid=self.env.uid,
        )
