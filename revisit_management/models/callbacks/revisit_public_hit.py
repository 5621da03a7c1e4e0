# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

# requests of a visitor are counted in spans of this many minutes
SPAN_MINUTES = 10
KEPT_DAYS = 2


class RevisitPublicHit(models.Model):
    """How often a public page was requested, by whom and for what purpose.

    Odoo limits only logins, so the pages that customers open without a login count
    their own requests. The visitor is stored as a keyed hash that changes every day:
    it distinguishes visitors, but no address can be derived from it.
    """

    _name = "revisit.public.hit"
    _description = "Requests for Public Pages"
    _inherit = ["revisit.protected.mixin"]
    _log_access = False
    _order = "started_at desc, id desc"
    _rec_name = "purpose"

    _server_owned = {"hits", "origin", "purpose", "started_at"}

    purpose = fields.Char(required=True, readonly=True)
    origin = fields.Char(string="Visitor (Hash)", required=True, readonly=True)
    started_at = fields.Datetime(string="Since", required=True, readonly=True)
    hits = fields.Integer(
        string="Requests", required=True, readonly=True, aggregator=None
    )

    _hit_unique = models.UniqueIndex("(purpose, origin, started_at)")

    @api.model
    def _count_hit(self, purpose, who):
        """Count one request; return the number of requests in the current span.

        The count has its own transaction: a request that is refused is rolled back,
        and exactly those requests must be counted.

        :param who: text that tells visitors apart, e.g. an internet address
        """
        now = fields.Datetime.now()
        start = now.replace(
            minute=now.minute - now.minute % SPAN_MINUTES, second=0, microsecond=0
        )
        # the key of the hash is the database's secret, which no visitor may read
        origin = hmac(self.env(su=True), f"{self._name}/{now.date()}", who)
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO revisit_public_hit AS hit
                                (purpose, origin, started_at, hits)
                         VALUES (%(purpose)s, %(origin)s, %(start)s, 1)
                    ON CONFLICT (purpose, origin, started_at)
                      DO UPDATE SET hits = hit.hits + 1
                      RETURNING hits
                    """,
                    purpose=purpose,
                    origin=origin,
                    start=start,
                )
            )
            return cr.fetchone()[0]

    @api.autovacuum
    def _gc_public_hits(self):
        """Delete rows that no limit needs any more."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("started_at", "<", limit)]).unlink()
