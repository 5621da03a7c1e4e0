# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import table_columns

from ..tools.marks import MERGING
from ..tools.terms import OPEN_STATES

# the most advanced state first
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


# unique keys with model and ID of a contact: the methods below update these rows
SOURCE_MODELS = ("revisit.callback", "revisit.touch", "revisit.planning.skip")


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Moves our records along when contacts are merged.

    Odoo updates the columns that refer to a contact by SQL: customer and dealer, even
    of reviewed callbacks, since it is the same person. Odoo does not handle two things,
    and both happen here:

    - *Unique keys.* If both contacts have the same, e.g. an attribute or a holiday,
      moving would violate the key. Before Odoo moves anything, the database is asked
      for every unique index of our tables with a contact; of rows that would become
      equal, the kept contact's row stays, and callbacks for the other row move to it.
    - *Sources.* A contact can itself be the source of a callback, a touch or a left-out
      occasion, by model and ID; these are updated after Odoo has moved the rest.
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
        number = self._get_good_number(dst_partner | src_partners)
        # what the system has noted on one of them holds for the one that remains
        dst_partner = dst_partner.with_context(revisit_merging=MERGING)
        result = super()._update_values(src_partners, dst_partner)
        if refused_on:
            dst_partner.do_not_contact_date = refused_on
        if number:
            # a number that is known to be wrong gives way, and so does its mark
            dst_partner.write({"phone": number, "phone_wrong_on": False})
        if dst_partner.dealer_id == dst_partner:
            # a dealer was merged with one of their customers
            dst_partner.dealer_id = False
        family = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("id", "child_of", dst_partner.id)])
        )
        # records that were moved by SQL still have the company of their earlier parent
        family.modified(["parent_id"])
        self.env.flush_all()
        if dst_partner._revisit_is_banned():
            # what is under way to the merged contacts is theirs now
            self.env["revisit.callback"].sudo()._stop_for(dst_partner)
        self.env["revisit.archive"]._recount(dst_partner)
        return result

    @api.model
    def _get_good_number(self, partners):
        """Return the first number that is not wrong, if it matters: another one is."""
        if not any(partners.mapped("phone_wrong_on")):
            return False
        good = partners.filtered(lambda p: p.phone and not p.phone_wrong_on)
        return good[:1].phone

    @api.model
    def _get_refusal_date(self, src_partners, dst_partner):
        """Return since when the merged contact refuses, if only merged contacts did."""
        if dst_partner.do_not_contact:
            return False
        refused = src_partners.filtered("do_not_contact")
        return min(filter(None, refused.mapped("do_not_contact_date")), default=False)

    # ------------------------------------------------------------
    # UNIQUE KEYS
    # ------------------------------------------------------------

    @api.model
    def _merge_alike(self, src_partners, dst_partner):
        """Keep only one of each two rows that would violate a unique key together."""
        self.env.flush_all()
        names = {Model._table: name for name, Model in self.env.items()}
        for table, expressions, condition in self._get_partner_keys():
            # who merges contacts need not have access to all records that refer to them
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
        """Return the unique indexes of our tables with a column for a contact.

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
        """Return {table: its columns that refer to a contact}."""
        columns = {}
        for table, column in self._get_fk_on("res_partner"):
            columns.setdefault(table, []).append(column)
        return columns

    @api.model
    def _find_alike(self, table, expressions, condition, src_partners, dst_partner):
        """Return pairs of ids ``(loser, winner)`` that a merge would make alike."""
        # the catalogue's own words about the key; nobody types them here
        key = SQL(", ").join(SQL(text.replace("%", "%%")) for text in expressions)
        where = SQL((condition or "TRUE").replace("%", "%%"))
        return self.env.execute_query(
            SQL(
                """
                SELECT id, winner FROM (
                    SELECT id, first_value(id) OVER (
                               PARTITION BY %(key)s ORDER BY is_moved, id) AS winner
                      FROM (%(after)s) after
                     WHERE %(where)s) alike
                 WHERE id != winner
                 ORDER BY id
                """,
                key=key,
                after=self._get_merged_rows_sql(table, src_partners, dst_partner),
                where=where,
            )
        )

    @api.model
    def _get_merged_rows_sql(self, table, src_partners, dst_partner):
        """Return the query of a table's rows about the partners, as if merged.

        ``is_moved`` tells the rows that the merge would change.
        """
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

        def points_to(partner_ids):
            return SQL(" OR ").join(
                SQL("%s = ANY(%s)", SQL.identifier(column), partner_ids)
                for column in pointing
            )

        return SQL(
            """SELECT %(columns)s, coalesce(%(moved)s, FALSE) AS is_moved
                 FROM %(table)s WHERE %(touched)s""",
            columns=SQL(", ").join([*others, *after]),
            moved=points_to(src_partners.ids),
            table=SQL.identifier(table),
            touched=points_to(ids),
        )

    # ------------------------------------------------------------
    # CALLBACKS
    # ------------------------------------------------------------

    @api.model
    def _move_planned(self, model, src_records, dst_record):
        """Let callbacks planned for merged records refer to the one that remains."""
        self.env.flush_all()
        self._move_callback_sources(model, src_records, dst_record)
        self._move_touch_sources(model, src_records, dst_record)
        self._move_skip_sources(model, src_records, dst_record)
        self.env.invalidate_all()

    @api.model
    def _move_callback_sources(self, model, src_records, dst_record):
        """Let callbacks about merged documents refer to the one that remains.

        If both have a callback of the same policy and occasion, the most advanced one
        keeps the occasion, a leader before a follower. Nothing of the other is lost:
        finished ones stay as they are and count as before; open ones are cancelled and
        archived with their attempts and issues. A callback that loses the occasion
        gets one of its own.
        """
        # who merges documents need not have access to the callbacks about them
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
        """Update the sources of touches; of two equal ones, a sent one comes first."""
        touches = self.env["revisit.touch"].sudo()  # no user may write touches
        losers = self._find_colliding(
            touches, TOUCH_RANK, model, src_records, dst_record
        )
        given_up = touches.search([("id", "in", losers), ("state", "=", "planned")])
        self._move_sources(touches, losers, model, src_records, dst_record)
        self.env.invalidate_all()
        given_up.write({"state": "cancelled", "cancel_reason": "source"})

    @api.model
    def _find_colliding(self, Model, rank, model, src_records, dst_record):
        """Return the ids of records that cannot keep their occasion after a merge."""
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
        """Give the losers an occasion of their own, then set the new source on all."""
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
        """Update sources of left-out occasions; delete planned or duplicate ones."""
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
            .sudo()  # units of all companies
            .search([("dealer_id", "in", partners.ids), ("kind", "=", "dealer")])
        )

    @api.model
    def _merge_dealer_units(self, own, others):
        """Keep one unit of a merged dealer per company, with all open work and people.

        The other units are archived: finished callbacks count for them as before.
        """
        for company_units in (own + others).grouped("company_id").values():
            keep = company_units[0]
            left = company_units[1:] - own
            if not left:
                continue
            for model in ("revisit.callback", "revisit.issue"):
                # all open work of the units moves, whoever may read it
                self.env[model].sudo().search(
                    [("team_id", "in", left.ids), ("is_open", "=", True)]
                ).write({"team_id": keep.id})
            policies = self.env["revisit.policy"].sudo()  # few may edit policies
            policies.search([("team_id", "in", left.ids)]).write({"team_id": keep.id})
            below = left.search([("parent_id", "in", left.ids)]) - keep
            below.write({"parent_id": keep.id})
            keep.member_ids |= left.member_ids
            keep.manager_id = keep.manager_id or left.manager_id[:1]
            left.active = False
