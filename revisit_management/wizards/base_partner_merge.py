# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import table_columns

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


# keys that name a contact by its model and ID: their rows follow by the methods below
SOURCE_MODELS = ("revisit.callback", "revisit.touch", "revisit.planning.skip")


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Takes what is ours along when contacts are merged.

    Odoo moves the columns that point to a contact by SQL: customer and dealer, of
    reviewed callbacks, too, since the same person stands behind them. Two things it
    does not know, and both happen here:

    - *Unique keys.* Where both contacts have the same, e.g. an attribute or a holiday,
      moving would break the key. Before Odoo moves, the database itself is asked for
      every unique index of our tables that holds a contact; of rows that would become
      alike the kept contact's stays, and what was planned about the other is about
      that one from then on.
    - *Sources.* A contact can itself be what a callback, a touch or a left-out
      occasion is about, by model and ID; these follow after Odoo has moved.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        self._merge_alike(src_partners, dst_partner)
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
        self._move_planned(referenced_model, src_records, dst_record)
        return result

    @api.model
    def _update_values(self, src_partners, dst_partner):
        refused_on = self._get_refusal_date(src_partners, dst_partner)
        result = super()._update_values(src_partners, dst_partner)
        if refused_on:
            dst_partner.do_not_contact_date = refused_on
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

    @api.model
    def _get_refusal_date(self, src_partners, dst_partner):
        """Return since when the merged contact refuses, if only they did."""
        if dst_partner.do_not_contact:
            return False
        refused = src_partners.filtered("do_not_contact")
        return min(filter(None, refused.mapped("do_not_contact_date")), default=False)

    # ------------------------------------------------------------
    # UNIQUE KEYS
    # ------------------------------------------------------------

    @api.model
    def _merge_alike(self, src_partners, dst_partner):
        """Leave one of each two rows that a key would not bear side by side."""
        self.env.flush_all()
        names = {Model._table: name for name, Model in self.env.items()}
        for table, expressions, condition in self._get_partner_keys():
            Model = self.env[names[table]].sudo().with_context(active_test=False)
            pairs = self._find_alike(
                table, expressions, condition, src_partners, dst_partner
            )
            for loser, winner in pairs:
                loser, winner = Model.browse((loser, winner))
                self._move_planned(Model._name, loser, winner)
                loser.unlink()
        self.env.flush_all()

    @api.model
    def _get_partner_keys(self):
        """Return the unique indexes of our tables in which a contact stands.

        :return: list of ``(table, [SQL text of each column], SQL text of the
            condition, or None)``
        """
        columns = self._get_partner_columns()
        tables = [
            Model._table
            for name, Model in self.env.items()
            if name.startswith("revisit.") and not Model._abstract
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.relname,
                       array(SELECT pg_get_indexdef(i.indexrelid, place, TRUE)
                               FROM generate_series(1, i.indnkeyatts) place),
                       pg_get_expr(i.indpred, i.indrelid)
                  FROM pg_index i
                  JOIN pg_class c ON c.oid = i.indrelid
                 WHERE i.indisunique AND c.relname = ANY(%s)
                   AND c.relnamespace = current_schema::regnamespace
                 ORDER BY c.relname, i.indexrelid
                """,
                tables,
            )
        )
        return [
            (table, expressions, condition)
            for table, expressions, condition in rows
            if any(
                re.search(rf"\b{column}\b", expression)
                for column in columns.get(table, ())
                for expression in expressions
            )
        ]

    @api.model
    def _get_partner_columns(self):
        """Return {table: its columns that point to a contact}."""
        columns = {}
        for table, column in self._get_fk_on("res_partner"):
            columns.setdefault(table, []).append(column)
        return columns

    @api.model
    def _find_alike(self, table, expressions, condition, src_partners, dst_partner):
        """Return pairs of ids ``(loser, winner)`` that a merge would make alike."""
        pointing = self._get_partner_columns()[table]
        ids = [*src_partners.ids, dst_partner.id]
        after = [
            SQL(
                "CASE WHEN %(column)s = ANY(%(ids)s) THEN %(keep)s ELSE %(column)s END"
                " AS %(column)s",
                column=SQL.identifier(column),
                ids=ids,
                keep=dst_partner.id,
            )
            for column in pointing
        ]
        others = [
            SQL.identifier(column)
            for column in table_columns(self.env.cr, table)
            if column not in pointing
        ]
        moved = [
            SQL("%s = ANY(%s)", SQL.identifier(column), src_partners.ids)
            for column in pointing
        ]
        touched = SQL(" OR ").join(
            SQL("%s = ANY(%s)", SQL.identifier(column), ids) for column in pointing
        )
        # the catalogue's own words about the key; nobody types them here
        key = SQL(", ").join(SQL(text.replace("%", "%%")) for text in expressions)
        where = SQL((condition or "TRUE").replace("%", "%%"))
        return self.env.execute_query(
            SQL(
                """
                SELECT id, winner FROM (
                    SELECT id, first_value(id) OVER (
                               PARTITION BY %(key)s ORDER BY is_moved, id) AS winner
                      FROM (SELECT %(columns)s, coalesce(%(moved)s, FALSE) AS is_moved
                              FROM %(table)s WHERE %(touched)s) after
                     WHERE %(where)s) alike
                 WHERE id != winner
                 ORDER BY id
                """,
                key=key,
                columns=SQL(", ").join([*others, *after]),
                moved=SQL(" OR ").join(moved),
                table=SQL.identifier(table),
                touched=touched,
                where=where,
            )
        )

    # ------------------------------------------------------------
    # CALLBACKS
    # ------------------------------------------------------------

    @api.model
    def _move_planned(self, model, src_records, dst_record):
        """Let what is planned about merged records be about the one that remains."""
        self.env.flush_all()
        self._move_callback_sources(model, src_records, dst_record)
        self._move_touch_sources(model, src_records, dst_record)
        self._move_skip_sources(model, src_records, dst_record)
        self.env.invalidate_all()

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
