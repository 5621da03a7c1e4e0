# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# a browser that was closed keeps nobody from the customer for longer
CLAIMED_FOR = timedelta(minutes=15)


class RevisitClaim(models.Model):
    """Who is on a customer right now, so that no colleague rings them, too.

    One row per customer, taken by :meth:`_take` when an agent asks for the next
    callback. It ends with the talk, or after a quarter of an hour.
    """

    _name = "revisit.claim"
    _description = "Customer Being Called"
    _inherit = ["revisit.protected.mixin"]
    _rec_name = "partner_id"
    _log_access = False

    _server_owned = {"partner_id", "taken_id", "until", "user_id"}

    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Commercial Entity",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        comodel_name="res.users", required=True, readonly=True, ondelete="cascade"
    )
    until = fields.Datetime(required=True, readonly=True, index=True)
    taken_id = fields.Many2one(
        comodel_name="revisit.callback",
        string="Taken From the Queue",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Nobody's callback that was given to the user as the next one. It goes"
        " back, if they leave it untouched.",
    )

    _partner_once = models.UniqueIndex(
        "(partner_id)", "Somebody else is on this customer already."
    )

    @api.model
    def _take(self, partner):
        """Claim a customer for the user, unless a colleague is faster.

        A colleague who claims the same customer at the same moment makes this return
        False, or fail with a serialization error that Odoo tries again.

        :param partner: commercial ``res.partner``
        :return: whether the customer is the user's now
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        [[is_free]] = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(hashtext('revisit.claim'), %s)",
                partner.id,
            )
        )
        if not is_free:
            return False
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO revisit_claim AS claim (partner_id, user_id, until)
                VALUES (%(partner)s, %(user)s, %(until)s)
                    ON CONFLICT (partner_id) DO UPDATE
                   SET user_id = excluded.user_id, until = excluded.until,
                       taken_id = CASE WHEN claim.user_id = excluded.user_id
                                       THEN claim.taken_id END
                 WHERE claim.until < %(now)s OR claim.user_id = excluded.user_id
             RETURNING id
                """,
                partner=partner.id,
                user=self.env.uid,
                until=now + CLAIMED_FOR,
                now=now,
            )
        )
        self.invalidate_model()
        return bool(rows)

    @api.model
    def _find_own(self, partners):
        """Return the user's claims of these customers (sudo)."""
        # a claim is the system's: it begins and ends with the user's step
        return self.sudo().search(
            [("partner_id", "in", partners.ids), ("user_id", "=", self.env.uid)]
        )

    @api.model
    def _release(self, partners):
        """Let others have the customers whom the user has claimed."""
        self._find_own(partners).unlink()

    @api.model
    def _get_free_sql(self, commercial):
        """Return the condition that no colleague is on a customer.

        :param commercial: SQL of the id of the commercial partner
        """
        return SQL(
            """NOT EXISTS (SELECT 1 FROM revisit_claim claim
                            WHERE claim.partner_id = %s AND claim.until >= %s
                              AND claim.user_id != %s)""",
            commercial,
            fields.Datetime.now(),
            self.env.uid,
        )

    @api.autovacuum
    def _gc_claims(self):
        self.sudo().search([("until", "<", fields.Datetime.now())]).unlink()  # over
