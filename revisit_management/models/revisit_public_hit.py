# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

# a visitor is counted in spans of so many minutes
SPAN_MINUTES = 10
KEPT_DAYS = 2


class RevisitPublicHit(models.Model):
    """How often a page without a login was asked for, by whom and for what.

    Odoo limits logins and nothing else, so the pages that customers open without
    one count for themselves. Who asks is kept as a keyed hash that changes every
    day: it tells two visitors apart, and no address can be read from it.
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
        """Count one request; return how many there were in the current span.

        The count has a transaction of its own: a request that is refused rolls its
        own back, and those are the ones to be counted.

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
        """Delete what no limit asks for any more."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("started_at", "<", limit)]).unlink()
