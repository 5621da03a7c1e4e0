# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache


class RevisitProtectedMixin(models.AbstractModel):
    """Fields that only the model's own methods may set, never a user directly.

    Scores depend on these values, so that even users who may edit the record cannot
    write them: the model's methods first check the right, and then write them through
    ``_step``.

    A model lists the names in ``_server_owned``. The lists of all classes and mixins of
    the model are added up, so another module can extend a model with its own list. The
    fields are protected in every way of writing: values given to ``create`` and
    ``write`` (and so imports and wizards), defaults from the context or from users'
    default values, and copies. Only code with sudo may set them.

    Values that a model's own ``create`` adds belong in ``_prepare_create_values``,
    which runs after the caller's values were checked.
    """

    _name = "revisit.protected.mixin"
    _description = "Protected Values"

    _server_owned = frozenset()

    @api.model
    @ormcache()
    def _get_server_owned(self):
        """Return the names of the fields that only the system may set, a frozenset."""
        lists = (vars(cls).get("_server_owned", ()) for cls in type(self).__mro__)
        return frozenset().union(*lists)

    def _get_protected(self, vals):
        """Return which names in ``vals`` the user may not set on these records.

        Not called for the system. ``self`` is empty for records that are being
        created. Extend it for rules that depend on the role or on the record.
        """
        return self._get_server_owned() & set(vals)

    @api.model
    def _get_undefaulted(self):
        """Return the names of fields that accept only their own default."""
        return self._get_server_owned()

    def _check_protected(self, names):
        """Refuse ``names``, unless the code runs with sudo.

        :raise AccessError: a user tries to set one of the fields
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
        """Write server-owned fields, after checking write access to the record."""
        self.check_access("write")
        self.sudo().write(vals)  # past the protection; the right was checked

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Return defaults; server-owned fields get only their own default.

        Code with sudo uses the context and the default values of the calling user,
        too, so this also applies with sudo.
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
        """Leave out server-owned fields, so that a copy starts anew."""
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
