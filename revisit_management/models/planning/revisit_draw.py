# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...tools import periods
from ...tools.fields import OptionalInteger
from ...tools.terms import UNKNOWN


class RevisitDraw(models.Model):
    """The stored result of one sample, frozen once its period is drawn.

    The draw itself is made in planning/plain/recurrence.py (``_draw``) and
    planning/sql/recurrence.py (``_draw_strata``), with the arithmetic of
    tools/periods.py.

    The selected rows are callbacks, the others are left-out occasions; each stores
    its decision. From them and the stored seed anybody can repeat the draw:
    :meth:`action_verify`.
    """

    _name = "revisit.draw"
    _description = "Sample Draw"
    _inherit = ["revisit.protected.mixin"]
    _order = "period_start desc, id desc"
    _check_company_auto = True

    _server_owned = {
        "ceiling",
        "company_id",
        "drawn_at",
        "drawn_count",
        "is_ceiling_unknown",
        "period_months",
        "period_start",
        "policy_id",
        "population",
        "quotas",
        "rate",
        "rounding",
        "seed",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    policy_id = fields.Many2one(
        comodel_name="revisit.policy", required=True, readonly=True, ondelete="cascade"
    )
    period_start = fields.Date(string="Period From", required=True, readonly=True)
    period_months = fields.Integer(
        string="Length (months)", required=True, readonly=True, aggregator=None
    )
    seed = fields.Char(readonly=True)
    rate = fields.Float(string="Sample (%)", readonly=True, aggregator=None)
    rounding = fields.Selection(
        selection=[("up", "At Least: Round Up"), ("down", "At Most: Round Down")],
        string="Rate Means",
        readonly=True,
    )
    population = fields.Integer(
        string="Documents", readonly=True, help="The documents that were drawn from."
    )
    drawn_count = fields.Integer(string="Drawn", readonly=True)
    ceiling = OptionalInteger(
        readonly=True,
        aggregator=None,
        help="The highest number in the whole period; empty if there was none.",
    )
    is_ceiling_unknown = fields.Boolean(
        string="Households Not Known",
        readonly=True,
        help="The policy has a ceiling, but the households that it counts were not"
        " known, so there was none.",
    )
    quotas = fields.Json(
        readonly=True,
        help="How many of each stratum were drawn: a list of stratum, of and quota.",
    )
    quota_text = fields.Text(string="Shares", compute="_compute_quota_text")
    drawn_at = fields.Datetime(string="Drawn at", required=True, readonly=True)

    _period_unique = models.UniqueIndex(
        "(policy_id, period_start)",
        "This period has been drawn already: a draw is made once.",
    )

    @api.depends("policy_id", "period_start")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for draw in self:
            day = draw.period_start
            draw.display_name = self.env._(
                "%(policy)s · %(month)s",
                policy=draw.policy_id.name or "",
                month=day and format_date(self.env, day, date_format="yyyy-MM") or "",
            )

    @api.depends("quotas")
    @api.depends_context("lang")
    def _compute_quota_text(self):
        for draw in self:
            draw.quota_text = "\n".join(
                self.env._(
                    "%(stratum)s: %(quota)s of %(of)s",
                    stratum=draw._get_share_name(share),
                    quota=share["quota"],
                    of=share["of"],
                )
                for share in draw.quotas or []
            )

    def _get_share_name(self, share):
        if not share["stratum"] and len(self.quotas) == 1:
            return self.env._("All together")
        # whoever may read the draw may see the names of its groups, set on the policy
        return self.policy_id.sudo()._get_stratum_label(share["stratum"])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn(self):
        if self:
            raise UserError(
                self.env._(
                    "%(draw)s is drawn and stays as it is: drawing again would let"
                    " somebody choose the result.",
                    draw=self[0].display_name,
                )
            )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_verify(self):
        """Repeat the draw with the stored seed and report whether the result agrees."""
        self.ensure_one()
        differences = self._get_differences()
        if differences:
            kind, title = "danger", self.env._("The draw does not agree")
        else:
            kind, title = "success", self.env._("The draw agrees")
            differences = [
                self.env._(
                    "Drawn again from the seed: the same %(drawn)s of %(population)s"
                    " documents.",
                    drawn=self.drawn_count,
                    population=self.population,
                )
            ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "title": title,
                "message": "\n".join(differences),
                "sticky": True,
            },
        }

    def action_open_drawn(self):
        """Open the callbacks of the documents that were drawn."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        return {**action, "domain": self._get_rows_domain(), "context": {}}

    def action_open_left_out(self):
        """Open the documents that were not drawn."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_planning_skip_action"
        )
        return {**action, "domain": self._get_rows_domain(), "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_differences(self):
        """Return what differs when the draw is repeated, as lines of text.

        The read access of the draw applies: an auditor sees numbers, but not the
        callbacks of other units.
        """
        self.check_access("read")
        rows = self.sudo()._get_population()  # see above: the draw was checked
        found = []
        if len(rows) != self.population:
            found.append(
                self.env._(
                    "%(now)s documents are recorded; %(then)s were drawn from.",
                    now=len(rows),
                    then=self.population,
                )
            )
        ranks, numbers = self._rank(rows), Counter(row[2] for row in rows)
        quotas = periods.quotas(numbers, self.rate, self.rounding, self._get_ceiling())
        for model, source_id, stratum, rank, is_left_out, name in rows:
            due = ranks[model, source_id] <= quotas[stratum]
            if rank == ranks[model, source_id] and due != is_left_out:
                continue
            found.append(
                self.env._(
                    "%(document)s: recorded as number %(rank)s, drawn again as number"
                    " %(again)s.",
                    document=name,
                    rank=rank,
                    again=ranks[model, source_id],
                )
            )
        return found

    def _get_ceiling(self):
        """Return the ceiling of the whole period, or None if it had none."""
        return None if self.ceiling is False else self.ceiling

    def _rank(self, rows):
        """Return {(model, document id): position in the draw of its stratum}."""
        by_stratum, ranks = {}, {}
        for model, source_id, stratum, *_rest in rows:
            key = periods.draw_key(
                self.seed or "", model, source_id, self._get_occasion()
            )
            by_stratum.setdefault(stratum, []).append((key, source_id, model))
        for members in by_stratum.values():
            for rank, (_key, source_id, model) in enumerate(sorted(members), 1):
                ranks[model, source_id] = rank
        return ranks

    def _get_occasion(self):
        return f"{self.period_start:%Y-%m}"

    def _get_rows_domain(self):
        return [
            ("policy_id", "=", self.policy_id.id),
            ("occasion", "=", self._get_occasion()),
        ]

    def _get_population(self):
        """Return the documents from which the sample was drawn.

        :return: ``[(model, document id, stratum, rank, not drawn, name)]``
        """
        callbacks = self.env["revisit.callback"].with_context(active_test=False)
        skips = self.env["revisit.planning.skip"]
        return [
            (
                row.source_model,
                row.source_id,
                row.decision["stratum"],
                row.decision["rank"],
                row._name == skips._name and row.reason == "not_drawn",
                row.source_name,
            )
            for rows in (callbacks, skips)
            for row in rows.search(self._get_rows_domain())
            if row.decision and row.decision.get("rank")
        ]

    @api.model
    def _get_drawn_occasions(self, policy):
        """Return the occasions of the policy that have been drawn already."""
        draws = self.search_fetch([("policy_id", "=", policy.id)], ["period_start"])
        return [draw._get_occasion() for draw in draws]

    @api.model
    def _record(self, policy, closed):
        """Store the draws whose rows have just been written.

        :param closed: ``{occasion: Period}``; a period without any document is
            drawn as well, so that none is added to it later
        """
        drawn = self._get_drawn_occasions(policy)
        missing = {name: p for name, p in closed.items() if name not in drawn}
        if not missing:
            return self
        shares = self._read_shares(policy, list(missing))
        return self.create(
            [
                self._prepare_draw(policy, period, shares.get(occasion, []))
                for occasion, period in missing.items()
            ]
        )

    def _prepare_draw(self, policy, period, shares):
        """Return the values of the draw of one period.

        :param period: the :class:`Period` that was drawn
        :param shares: decisions on its strata, from which the ceiling is removed
        """
        ceiling = shares[0].pop("ceiling") if shares else None
        for share in shares[1:]:
            share.pop("ceiling")
        return {
            "company_id": policy.company_id.id,
            "policy_id": policy.id,
            "period_start": period.day,
            "period_months": policy.period_months,
            "seed": policy.sample_seed,
            "rate": policy.sample_rate,
            "rounding": policy.sample_rounding,
            "population": sum(share["of"] for share in shares),
            "drawn_count": sum(share["quota"] for share in shares),
            "ceiling": None if ceiling == UNKNOWN else ceiling,
            "is_ceiling_unknown": ceiling == UNKNOWN,
            "quotas": shares,
            "drawn_at": fields.Datetime.now(),
        }

    @api.model
    def _read_shares(self, policy, occasions):
        """Return {occasion: [decision on each stratum]} of the rows of a policy."""
        self.env.flush_all()
        part = SQL(
            "policy_id = %s AND source_model = %s AND occasion = ANY(%s)"
            " AND decision ? 'rank'",
            policy.id,
            policy.model_name,
            occasions,
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT occasion, jsonb_build_object(
                           'stratum', decision -> 'stratum', 'of', decision -> 'of',
                           'quota', decision -> 'quota',
                           'ceiling', decision -> 'ceiling') AS share
                  FROM (SELECT occasion, decision FROM revisit_callback WHERE %s
                         UNION ALL
                        SELECT occasion, decision FROM revisit_planning_skip
                         WHERE %s) decided
              ORDER BY occasion, share
                """,
                part,
                part,
            )
        )
        shares = {}
        for occasion, share in rows:
            shares.setdefault(occasion, []).append(share)
        return shares
