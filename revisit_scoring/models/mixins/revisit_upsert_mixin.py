# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json

from odoo import api, models
from odoo.tools import SQL

BATCH = 500


class RevisitUpsertMixin(models.AbstractModel):
    """Inserts or updates many rows of stored values in one statement per batch.

    It is for rows that only the system writes. It bypasses create() and write(), and so
    the lock of published assessments: callers must only pass open ones.
    """

    _name = "revisit.upsert.mixin"
    _description = "Set-Based Storing"

    @api.model
    def _upsert(self, rows, key, shared=(), on=None):
        """Store rows with equal names; rows with the same key columns are updated.

        Rows that would not change are not written.

        :param rows: dicts {stored field: JSON value}
        :param key: names of the columns of a unique index
        :param shared: dicts with values that many rows have in common, sent once
        :param on: name of the field that joins ``rows`` and ``shared``
        """
        for start in range(0, len(rows), BATCH):
            self.env.cr.execute(
                self._get_upsert_query(rows[start : start + BATCH], key, shared, on)
            )
        self.invalidate_model()

    def _get_upsert_query(self, rows, key, shared, on):
        source, names = self._get_record_set("r", rows), list(rows[0])
        if shared:
            source = SQL(
                "%s JOIN %s USING (%s)",
                source,
                self._get_record_set("s", shared),
                SQL.identifier(on),
            )
            names += [name for name in shared[0] if name != on]
        changing = [name for name in names if name not in key]
        query = SQL(
            """
            INSERT INTO %(table)s AS t (%(columns)s%(log)s)
            SELECT %(columns)s%(log_values)s FROM %(source)s
                ON CONFLICT (%(keys)s) DO UPDATE SET %(updates)s%(log_updates)s
             WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            table=SQL.identifier(self._table),
            columns=_identifiers(names),
            source=source,
            keys=_identifiers(key),
            updates=SQL(", ").join(
                SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                for name in changing
            ),
            old=SQL(", ").join(SQL.identifier("t", name) for name in changing),
            new=SQL(", ").join(SQL.identifier("excluded", name) for name in changing),
            **self._get_log_sql(),
        )
        return query

    def _get_log_sql(self):
        """Return SQL of create and write columns, for models that have them."""
        if not self._log_access:
            return {"log": SQL(), "log_values": SQL(), "log_updates": SQL()}
        return {
            "log": SQL(", create_uid, create_date, write_uid, write_date"),
            "log_values": SQL(
                ", %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,"
                " now() AT TIME ZONE 'UTC'",
                uid=self.env.uid,
            ),
            "log_updates": SQL(
                ", write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date"
            ),
        }

    def _get_record_set(self, alias, rows):
        """Return SQL of rows as a table of typed columns."""
        return SQL(
            "jsonb_to_recordset(%s::jsonb) AS %s (%s)",
            json.dumps(rows, separators=(",", ":")),
            SQL.identifier(alias),
            SQL(", ").join(
                SQL("%s %s", SQL.identifier(name), self._get_column_type(name))
                for name in rows[0]
            ),
        )

    def _get_column_type(self, name):
        """Return the type of a column without its size, which the table itself has."""
        return SQL(self._fields[name].column_type[0])  # pylint: disable=sql-injection


def _identifiers(names):
    return SQL(", ").join(map(SQL.identifier, names))
