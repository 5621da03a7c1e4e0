# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The walk over server-owned fields; each add-on's tests run it over its own models."""

from datetime import date, datetime

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger

FORGED = {
    "boolean": True,
    "integer": 987654,
    "float": 98.76,
    "monetary": 98.76,
    "char": "forged",
    "text": "forged",
    "datetime": datetime(2001, 2, 3, 4, 5, 6),
    "date": date(2001, 2, 3),
    "json": {"forged": 1},
    "many2one_reference": 987654,
    "binary": b"Zm9yZ2Vk",
    "one2many": [Command.create({})],
}

# fields that Odoo gives no default of a user's
UNDEFAULTED = ("one2many", "many2many", "binary", "json", "many2one_reference")


class ServerOwnedWalk:
    """All models of one add-on × server-owned fields × ways in.

    A subclass sets ``module``, ``people`` (users of the most powerful ordinary roles),
    ``records`` ({model: record}) and ``creatable`` ({model: values that a person may
    create it with}).
    """

    module = None
    people = ()
    records = {}
    creatable = {}
    # {(model, field)} that are readonly on screen, and yet not the server's
    by_hand = frozenset()

    @classmethod
    def iter_models(cls):
        """Yield ``(model, fields)`` of stored tables with fields of the add-on."""
        for name in sorted(cls.env.registry):
            model = cls.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            fields = {
                field.name: field
                for field in model._fields.values()
                if cls.module in field._modules
                and field.name not in models.MAGIC_COLUMNS
            }
            if fields:
                yield model, fields

    @classmethod
    def iter_owned(cls):
        """Yield ``(model, names)`` of the server-owned fields."""
        for model, fields in cls.iter_models():
            names = sorted(getattr(model, "_get_server_owned", set)() & set(fields))
            if names:
                yield model, names

    @classmethod
    def open_access(cls, *groups):
        """Let the roles do everything with our models: nothing else may refuse.

        What they may create without it is kept, as the control of the walk.
        """
        cls.may_create = {
            (model._name, user.id)
            for model, _names in cls.iter_owned()
            for user in cls.people
            if model.with_user(user).has_access("create")
        }
        cls.env["ir.model.access"].create(
            [
                {
                    "name": "walk",
                    "model_id": cls.env["ir.model"]._get(model._name).id,
                    "group_id": cls.env.ref(group).id,
                    "perm_read": True,
                    "perm_write": True,
                    "perm_create": True,
                    "perm_unlink": True,
                }
                for model, _names in cls.iter_owned()
                for group in groups
            ]
        )

    def forge(self, record, name):
        """Return a value that the field does not have."""
        field = record._fields[name]
        if field.type == "many2one":
            others = self.env[field.comodel_name].sudo()
            others = others.with_context(active_test=False)
            found = others.search([("id", "!=", record.sudo()[name].id)], limit=1)
            return found.id or 987654
        if field.type == "many2many":
            others = self.env[field.comodel_name].sudo()
            found = others.search([("id", "not in", record.sudo()[name].ids)], limit=1)
            return [Command.set(found.ids)]
        if field.type == "selection":
            values = field.get_values(self.env)
            return next(v for v in reversed(values) if v != record.sudo()[name])
        if field.type == "boolean":
            return not record.sudo()[name]
        return FORGED[field.type]

    def read_raw(self, record, name):
        record.invalidate_recordset()
        return record.sudo().read([name], load=None)[0][name]

    def assertRefusedForgery(self, function, *args):
        with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            with self.assertRaises(UserError):
                function(*args)
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # THE WALK
    # ------------------------------------------------------------

    def test_readonly_and_computed_fields_are_declared(self):
        """Every stored field that no view lets one write is the server's."""
        for model, fields in self.iter_models():
            owned = getattr(model, "_get_server_owned", frozenset)()
            for field in fields.values():
                if not field.store or not field.readonly or field.name in owned:
                    continue
                self.assertIn(
                    (model._name, field.name),
                    self.by_hand,
                    "is readonly, but not in _server_owned of its model",
                )

    def test_every_owned_model_is_walked(self):
        """A new model joins the walk with a record of its own."""
        walked = {model._name for model, _names in self.iter_owned()}
        self.assertEqual(walked, set(self.records))
        for name, record in self.records.items():
            self.assertEqual(record._name, name)
            self.assertEqual(len(record), 1, name)

    def test_owned_fields_exist_and_are_not_translated(self):
        """Translations are written past write(): an owned text must have none."""
        for model, names in self.iter_owned():
            for name in names:
                self.assertFalse(model._fields[name].translate, f"{model._name}.{name}")

    def test_write_takes_no_owned_field(self):
        for model, names in self.iter_owned():
            record = self.records[model._name]
            for user in self.people:
                mine = record.with_user(user)
                self.assertTrue(mine.has_access("write"), (model._name, user.login))
                for name in names:
                    with self.subTest(model=model._name, name=name, user=user.login):
                        before = self.read_raw(record, name)
                        value = self.forge(record, name)
                        self.assertRefusedForgery(mine.write, {name: value})
                        self.assertEqual(self.read_raw(record, name), before)

    def test_create_takes_no_owned_field(self):
        for model, names in self.iter_owned():
            record, vals = self.records[model._name], self.creatable.get(model._name)
            for user in self.people:
                mine = model.with_user(user).with_context(tracking_disable=True)
                if vals is not None and (model._name, user.id) in self.may_create:
                    with self.subTest(model=model._name, user=user.login):
                        self.assertTrue(self.try_create(mine, vals), "control")
                for name in names:
                    forged = {**(vals or {}), name: self.forge(record, name)}
                    with self.subTest(model=model._name, name=name, user=user.login):
                        self.assertRefusedForgery(mine.create, [forged])

    def test_defaults_reach_no_owned_field(self):
        """Neither the context nor a user's own default value, nor with sudo."""
        for model, names in self.iter_owned():
            record = self.records[model._name]
            forged = {name: self.forge(record, name) for name in names}
            for user in self.people:
                mine = model.with_user(user)
                asked = mine.default_get(names)
                by_context = mine.with_context(
                    **{f"default_{name}": value for name, value in forged.items()}
                )
                for name in set(names) - {"signature"}:
                    self.set_default(user, model, name, forged[name])
                by_default = mine.with_env(self.env(user=user.id))
                for env_model in (by_context, by_context.sudo(), by_default):
                    given = env_model.default_get(names)
                    with self.subTest(model=model._name, user=user.login):
                        self.assertEqual(set(given), set(asked))
                        for name in given:
                            self.assertNotEqual(given[name], forged[name], name)

    def test_created_records_take_no_default(self):
        """The same by really creating what a person may create."""
        for model, names in self.iter_owned():
            vals = self.creatable.get(model._name)
            if vals is None:
                continue
            record = self.records[model._name]
            forged = {name: self.forge(record, name) for name in names}
            for user in self.people:
                if (model._name, user.id) not in self.may_create:
                    continue
                mine = model.with_user(user)
                plain = self.read_created(mine, vals, names)
                for name in names:
                    self.set_default(user, model, name, forged[name])
                # Odoo refuses a default of a field whose groups shut the user out
                context = {
                    f"default_{name}": value
                    for name, value in forged.items()
                    if mine._has_field_access(model._fields[name], "write")
                }
                found = self.read_created(mine.with_context(**context), vals, names)
                for name in names:
                    with self.subTest(model=model._name, name=name, user=user.login):
                        if plain[name] != forged[name]:
                            self.assertNotEqual(found[name], forged[name])

    def test_copies_carry_no_owned_field(self):
        for model, names in self.iter_owned():
            record = self.records[model._name].sudo()
            for vals in record.copy_data():
                self.assertFalse(set(names) & set(vals), model._name)

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def set_default(self, user, model, name, value):
        field = model._fields[name]
        if field.type in UNDEFAULTED:
            return
        if isinstance(value, (date, datetime)):
            value = str(value)
        self.env["ir.default"].sudo().set(model._name, name, value, user_id=user.id)

    def try_create(self, model, vals):
        """Create and roll back; return whether there was a record."""
        return bool(self.read_created(model, vals, ["id"]))

    def read_created(self, model, vals, names):
        """Create, read the raw values and roll back."""
        with self.env.cr.savepoint() as savepoint:
            record = model.create([dict(vals)])
            record.flush_recordset()
            values = record.sudo().read(names, load=None)[0]
            savepoint.rollback()
        self.env.invalidate_all()
        return values
