# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...tools.marks import NAMED, STRICT


class RevisitImportedOnceMixin(models.AbstractModel):
    """Records that cannot be imported twice.

    A file that is imported again, or that contains a row twice, would duplicate the
    records and the callbacks that are planned for them. Rows with an external ID are
    identified, and found again, by it.
    """

    _name = "revisit.imported.once.mixin"
    _description = "Records That Are Imported Once"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if records and self.env.context.get(STRICT):
            records._check_imported_once()
        return records

    def _check_imported_once(self):
        """Refuse records that exist already, whoever may see the existing ones."""
        self.flush_model()
        is_named = self.env.context.get(NAMED) == self._name
        for condition, is_certain in self._get_twin_conditions():
            if is_named and not is_certain:
                continue
            self.env.cr.execute(
                SQL(
                    """
                    SELECT min(new.id)
                      FROM %(table)s AS new
                      JOIN %(table)s AS old ON %(condition)s
                     WHERE new.id = ANY(%(ids)s)
                       AND new.company_id = old.company_id
                       AND new.active AND old.active
                       AND old.id < new.id
                    """,
                    table=SQL.identifier(self._table),
                    condition=condition,
                    ids=self.ids,
                )
            )
            [twin_id] = self.env.cr.fetchone()
            if twin_id:
                twin = self.browse(twin_id)
                raise ValidationError(twin._prepare_twin_error(is_certain))

    @api.model
    def _get_twin_conditions(self):
        """Return a list of (SQL over ``new`` and ``old``, whether it is certain).

        A match that is not certain may be intended: rows with external IDs pass it.
        """
        raise NotImplementedError

    def _prepare_twin_error(self, is_certain):
        """Return which record exists already, and how to import the row anyway."""
        raise NotImplementedError
