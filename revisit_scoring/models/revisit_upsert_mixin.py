# Part of Revisit. See LICENSE file for full copyright and licensing details.
import json

from odoo import api, models
from odoo.tools import SQL

BATCH = 1000


class RevisitUpsertMixin(models.AbstractModel):
    """Insert or update many rows of plain stored values in one statement per batch.

    For rows that the system alone writes. It passes over create() and write(), and so
    over the lock of published assessments: callers compute open ones only.
    """

    _name = "revisit.upsert.mixin"
    _description = "Set-Based Storing"

    @api.model
    def _upsert(self, rows, key):
        """Store rows with equal names; rows with the same key columns are updated.

        :param rows: dicts {stored field: JSON value}
        :param key: names of a unique index's columns
        :returns: [(id, *key values)]
        """
        stored = []
        for start in range(0, len(rows), BATCH):
            stored += self.env.execute_query(
                self._get_upsert_query(rows[start : start + BATCH], key)
            )
        self.invalidate_model()
        return stored

    def _get_upsert_query(self, rows, key):
        names = list(rows[0])
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        keys = SQL(", ").join(SQL.identifier(name) for name in key)
        types = SQL(", ").join(
            SQL("%s %s", SQL.identifier(name), self._get_column_type(name))
            for name in names
        )
        updates = SQL(", ").join(
            SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
            for name in names
            if name not in key
        )
        return SQL(
            """
            INSERT INTO %(table)s
                   (%(columns)s, create_uid, create_date, write_uid, write_date)
            SELECT %(columns)s, %(uid)s, now() AT TIME ZONE 'UTC',
                   %(uid)s, now() AT TIME ZONE 'UTC'
              FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (%(types)s)
                ON CONFLICT (%(keys)s) DO UPDATE
               SET %(updates)s, write_uid = EXCLUDED.write_uid,
                   write_date = EXCLUDED.write_date
            RETURNING id, %(keys)s
            """,
            table=SQL.identifier(self._table),
            columns=columns,
            uid=self.env.uid,
            rows=json.dumps(rows),
            types=types,
            keys=keys,
            updates=updates,
        )

    def _get_column_type(self, name):
        """Plain type of a column: sizes are the table's concern."""
        return SQL(self._fields[name].column_type[0])  # pylint: disable=sql-injection
