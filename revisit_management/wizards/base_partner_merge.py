# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.tools import SQL

from ..models.revisit_callback import OPEN_STATES

# what counts for more comes first
RANK = SQL(
    """CASE planned.state WHEN 'reviewed' THEN 1 WHEN 'done' THEN 2
            WHEN 'in_progress' THEN 3 WHEN 'assigned' THEN 4
            WHEN 'planned' THEN 5 ELSE 6 END,
       planned.contact_id IS NOT NULL"""
)
TOUCH_RANK = SQL(
    """CASE planned.state WHEN 'delivered' THEN 1 WHEN 'sent' THEN 2
            WHEN 'failed' THEN 3 WHEN 'planned' THEN 4 ELSE 5 END"""
)


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Takes callbacks along when contacts are merged (DESIGN 2.6).

    Odoo moves the columns that point to a contact by SQL: customer and dealer, of
    reviewed callbacks, too, since the same person stands behind them. It does not
    know the occasions that a contact itself is, e.g. a birthday; they move here.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        own, others = map(self._get_dealer_units, (dst_partner, src_partners))
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        self._merge_dealer_units(own, others)
        return result

    @api.model
    def _update_reference_fields_generic(
        self, referenced_model, src_records, dst_record, additional_update_records=None
    ):
        result = super()._update_reference_fields_generic(
            referenced_model, src_records, dst_record, additional_update_records
        )
        self.env.flush_all()
        self._move_callback_sources(referenced_model, src_records, dst_record)
        self._move_touch_sources(referenced_model, src_records, dst_record)
        self._move_skip_sources(referenced_model, src_records, dst_record)
        self.env.invalidate_all()
        return result

    @api.model
    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        if dst_partner.dealer_id == dst_partner:
            # a dealer merged with a customer of theirs
            dst_partner.dealer_id = False
        family = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("id", "child_of", dst_partner.id)])
        )
        # what was moved by SQL still names the company that it stood below before
        family.modified(["parent_id"])
        self.env.flush_all()
        return result

    # ------------------------------------------------------------
    # CALLBACKS
    # ------------------------------------------------------------

    @api.model
    def _move_callback_sources(self, model, src_records, dst_record):
        """Let callbacks about merged documents be about the one that remains.

        Where both have a callback of one policy and occasion, the most advanced one
        keeps the occasion, a leader before a follower. Nothing of the other is lost:
        made ones stay as they are and count as before; open ones are cancelled and
        archived with their attempts and issues. Who loses the occasion gets one of its
        own.
        """
        callbacks = self.env["revisit.callback"].sudo().with_context(active_test=False)
        losers = self._find_colliding(callbacks, RANK, model, src_records, dst_record)
        given_up = callbacks.search(
            [("id", "in", losers), ("state", "in", OPEN_STATES)]
        )
        self._move_sources(callbacks, losers, model, src_records, dst_record)
        self.env.invalidate_all()
        given_up.write(
            {"state": "cancelled", "cancel_reason": "source", "active": False}
        )
        given_up._hand_over_contacts()

    @api.model
    def _move_touch_sources(self, model, src_records, dst_record):
        """Let touches follow; of two alike, what was sent goes before what is not."""
        touches = self.env["revisit.touch"].sudo()
        losers = self._find_colliding(
            touches, TOUCH_RANK, model, src_records, dst_record
        )
        given_up = touches.search([("id", "in", losers), ("state", "=", "planned")])
        self._move_sources(touches, losers, model, src_records, dst_record)
        self.env.invalidate_all()
        given_up.write({"state": "cancelled", "cancel_reason": "source"})

    @api.model
    def _find_colliding(self, Model, rank, model, src_records, dst_record):
        """Return the ids of those that cannot keep their occasion after a merge."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                    SELECT planned.id, row_number() OVER (
                               PARTITION BY planned.policy_id, planned.occasion
                               ORDER BY %(rank)s, planned.source_id != %(keep)s,
                                        planned.id) AS place
                      FROM %(table)s planned
                     WHERE planned.source_model = %(model)s
                       AND planned.source_id = ANY(%(ids)s)) ranked
                 WHERE place > 1
                """,
                rank=rank,
                keep=dst_record.id,
                table=SQL.identifier(Model._table),
                model=model,
                ids=[*src_records.ids, dst_record.id],
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _move_sources(self, Model, losers, model, src_records, dst_record):
        """Give the losers an occasion of their own, then everything its new source."""
        table = SQL.identifier(Model._table)
        self.env.cr.execute(
            SQL(
                """UPDATE %s
                      SET occasion = concat_ws(':', NULLIF(occasion, ''),
                                               'merged', id)
                    WHERE id = ANY(%s)""",
                table,
                losers,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE %s SET source_id = %s
                    WHERE source_model = %s AND source_id = ANY(%s)""",
                table,
                dst_record.id,
                model,
                src_records.ids,
            )
        )

    @api.model
    def _move_skip_sources(self, model, src_records, dst_record):
        """Let left-out occasions follow; planned or known ones are dropped."""
        ids = [*src_records.ids, dst_record.id]
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM revisit_planning_skip WHERE id IN (
                    SELECT id FROM (
                        SELECT skip.id,
                               row_number() OVER (
                                   PARTITION BY skip.policy_id, skip.occasion
                                   ORDER BY skip.source_id != %(keep)s, skip.id
                               ) AS place,
                               EXISTS (
                                   SELECT FROM revisit_callback callback
                                    WHERE callback.policy_id = skip.policy_id
                                      AND callback.source_model = skip.source_model
                                      AND callback.source_id = %(keep)s
                                      AND callback.occasion = skip.occasion
                               ) AS is_planned
                          FROM revisit_planning_skip skip
                         WHERE skip.source_model = %(model)s
                           AND skip.source_id = ANY(%(ids)s)) ranked
                     WHERE place > 1 OR is_planned)
                """,
                keep=dst_record.id,
                model=model,
                ids=ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE revisit_planning_skip SET source_id = %s
                    WHERE source_model = %s AND source_id = ANY(%s)""",
                dst_record.id,
                model,
                src_records.ids,
            )
        )

    # ------------------------------------------------------------
    # DEALERS
    # ------------------------------------------------------------

    @api.model
    def _get_dealer_units(self, partners):
        """Return the units of kind dealer, in order, as they were before the merge."""
        return (
            self.env["revisit.team"]
            .sudo()
            .search([("dealer_id", "in", partners.ids), ("kind", "=", "dealer")])
        )

    @api.model
    def _merge_dealer_units(self, own, others):
        """Leave a merged dealer one unit per company, with all open work and people.

        The other units are archived: what was made counts for them as before.
        """
        for company_units in (own + others).grouped("company_id").values():
            keep = company_units[0]
            left = company_units[1:] - own
            if not left:
                continue
            for model in ("revisit.callback", "revisit.issue"):
                self.env[model].sudo().search(
                    [("team_id", "in", left.ids), ("is_open", "=", True)]
                ).write({"team_id": keep.id})
            policies = self.env["revisit.policy"].sudo()
            policies.search([("team_id", "in", left.ids)]).write({"team_id": keep.id})
            below = left.search([("parent_id", "in", left.ids)]) - keep
            below.write({"parent_id": keep.id})
            keep.member_ids |= left.member_ids
            keep.manager_id = keep.manager_id or left.manager_id[:1]
            left.active = False
