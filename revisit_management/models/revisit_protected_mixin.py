# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache


class RevisitProtectedMixin(models.AbstractModel):
    """Records with values that only their own steps set, never a hand.

    Scores rest on these values, so not even who may edit the record writes them:
    its steps check the right first, and then write through ``_step``.

    A model lists the names in ``_server_owned``; the lists of all classes and mixins
    that make up the model add up, so another module extends a model by a list of its
    own. The list closes every way in: values given to ``create`` and ``write`` (and
    so imports and dialogs), defaults from the context or from the users' own default
    values, and copies. Only the system itself, which acts with sudo, sets them.

    Values that a model's own ``create`` adds belong into ``_prepare_create_values``,
    which runs after the values of the caller were checked.
    """

    _name = "revisit.protected.mixin"
    _description = "Protected Values"

    _server_owned = frozenset()

    @api.model
    @ormcache()
    def _get_server_owned(self):
        """Return the names of the fields that only the system sets, as a frozenset."""
        lists = (vars(cls).get("_server_owned", ()) for cls in type(self).__mro__)
        return frozenset().union(*lists)

    def _get_protected(self, vals):
        """Return which names in ``vals`` the user may not set on these records.

        Not asked for the system. ``self`` is empty for records that are being
        created. Extend it where more depends on the role or on the record.
        """
        return self._get_server_owned() & set(vals)

    @api.model
    def _get_undefaulted(self):
        """Return the names of fields that take their own default and no other."""
        return self._get_server_owned()

    def _check_protected(self, names):
        """Refuse ``names``, unless the system itself is writing.

        :raise AccessError: a person tries to set one of the fields
        """
        if names and not self.env.su:
            labels = [
                self._fields[name]._description_string(self.env) for name in names
            ]
            raise AccessError(
                self.env._(
                    "%(fields)s: set by the record's own steps, not by hand. Use the"
                    " buttons, or ask a callback manager.",
                    fields=", ".join(sorted(labels)),
                )
            )

    def _step(self, vals):
        """Write what nobody may write by hand, for who may write the record."""
        self.check_access("write")
        self.sudo().write(vals)

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Return defaults; server-owned fields have the one of the field itself.

        The system, too, acts with the context and the default values of whoever
        called it, so this holds for sudo as well.
        """
        names = self._get_undefaulted()
        values = super().default_get([name for name in fields if name not in names])
        for name in names.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(
                    field.default(self), self, validate=False
                )
                values[name] = field.convert_to_write(value, self)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            nobody = self.browse()
            for vals in vals_list:
                nobody._check_protected(nobody._get_protected(vals))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_protected(self._get_protected(vals))
        return super().write(vals)

    def copy_data(self, default=None):
        """A copy starts on its own: what steps have set is not copied."""
        given, owned = default or {}, self._get_server_owned()
        return [
            vals
            and {
                name: value
                for name, value in vals.items()
                if name not in owned or name in given
            }
            for vals in super().copy_data(default)
        ]
