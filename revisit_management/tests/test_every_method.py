# Part of Revisit. See LICENSE file for full copyright and licensing details.
import inspect
from copy import deepcopy
from datetime import date

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RevisitCommon

# what a program may send in place of what is wanted
GARBAGE = (
    "x",
    None,
    -1,
    2**70,
    1.5,
    1e300,
    "nan",
    float("inf"),
    "a\0b",
    "a\ud800b",
    {"x": ["\ud800"]},
    "0001-01-01 00:00:00",
    [],
    ["x"],
    {},
    {"x": 1},
    [1],
)
# the same for fields that link records
LINKS = (
    [1, "x"],
    [[0, 0, {}]],
    [[0, 0, {"body": "x"}]],
    [[1, "x", {}]],
    [[4, "x"]],
    [["x"]],
)
# what a sentence or a constraint of the database says; the server turns the latter
# into a sentence
REFUSALS = (UserError, psycopg2.IntegrityError)
MODULES = ("revisit_management", "revisit_scoring")


class EveryMethodMixin:
    """Walks what other programs may call in the models of a module."""

    module = "revisit_management"

    @classmethod
    def get_models(cls):
        """Return the names of the module's own models."""
        return sorted(
            name
            for name, model in cls.env.registry.items()
            if model._original_module == cls.module and not model._abstract
        )

    @classmethod
    def get_methods(cls, model):
        """Return {name: function} of the methods of ours that may be called."""
        methods = {}
        for base in type(cls.env[model]).mro():
            if not base.__module__.startswith(
                tuple(f"odoo.addons.{module}." for module in MODULES)
            ):
                continue
            for name, value in vars(base).items():
                if name.startswith("_") or not inspect.isfunction(value):
                    continue
                try:
                    methods[name] = get_public_method(cls.env[model], name)
                except AccessError:
                    continue
        return methods

    @classmethod
    def get_arguments(cls, function):
        """Return lists of arguments, each with something wrong at one place or all."""
        names = [
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if name != "self" and parameter.kind != parameter.VAR_KEYWORD
        ]
        if not names:
            return [{}]
        calls = [dict.fromkeys(names, value) for value in GARBAGE]
        for name in names:
            others = {
                other: cls.plausible[other]
                for other in names
                if other != name and other in cls.plausible
            }
            calls += [{**others, name: value} for value in GARBAGE]
        return calls

    # arguments that a call may need before it looks at another one
    plausible = {
        "date_from": "2026-01-01 00:00:00",
        "date_to": "2026-02-01 00:00:00",
        "dry_run": True,
        "outcome": "busy",
        "result": "reached",
        "reason": "Because",
    }

    def find_records(self, model, user):
        """Return a record of the model, or none where none can be made here."""
        records = self.env[model].with_user(user)
        return records.browse(self.env[model].search([], limit=1).ids)

    def assertAnswered(self, call, *args, **kwargs):
        """Assert that a call returns, or says why it does not."""
        try:
            with (
                self.env.cr.savepoint() as savepoint,
                mute_logger("odoo.sql_db", "odoo.models", "odoo.addons.base.models"),
            ):
                call(*args, **kwargs)
                self.env.flush_all()
                savepoint.rollback()
        except Exception as error:  # noqa: BLE001 what the walk is there to find
            if not isinstance(error, REFUSALS):
                return f"{type(error).__name__}: {str(error)[:120]}"
        finally:
            self.env.invalidate_all(flush=False)
            self.env.transaction.clear()
        return None

    def walk_methods(self, user):
        """Return what went wrong, by method."""
        wrong = []
        for model in self.get_models():
            records = self.find_records(model, user)
            for name, function in self.get_methods(model).items():
                for kwargs in self.get_arguments(function):
                    try:
                        inspect.signature(function).bind(records, **kwargs)
                    except TypeError:
                        continue  # refused before it is called
                    # as Odoo's interface for programs does: by the names of arguments
                    error = self.assertAnswered(function, records, **kwargs)
                    if error:
                        wrong.append(f"{model}.{name}({kwargs!r:.80}): {error}")
        return wrong

    def walk_contexts(self, user):
        """Return what went wrong where dialogs and forms open, by context."""
        wrong = []
        for model in self.get_models():
            records = self.env[model].with_user(user)
            contexts = [{"active_model": value} for value in GARBAGE]
            for chosen in ("revisit.policy", "res.partner", "x"):
                contexts += [
                    {"active_model": chosen, "active_ids": value, "active_id": value}
                    for value in GARBAGE
                ]
            contexts += [
                {f"default_{name}": value}
                for name, field in records._fields.items()
                if field.store
                for value in (["x"], [1], 1e300, [[1, "x", {}]], {"x": 1})
            ]
            for context in contexts:
                names = [name[8:] for name in context if name.startswith("default_")]
                error = self.assertAnswered(
                    call_kw,
                    records,
                    "default_get",
                    [names or list(records._fields)],
                    {"context": context},
                )
                if error:
                    wrong.append(f"{model}.default_get({context!r:.80}): {error}")
        return wrong

    def walk_values(self, user):
        """Return which values of which fields went wrong, written or created."""
        wrong = []
        for model in self.get_models():
            records = self.find_records(model, user)
            for name, field in records._fields.items():
                if not field.store or name in ("id", "display_name", "parent_path"):
                    continue
                for value in GARBAGE + (LINKS if field.relational else ()):
                    # Odoo fills in what it is given
                    vals = {name: deepcopy(value)}
                    for step, args in (
                        ("write", [records.ids, vals]),
                        ("create", [vals]),
                    ):
                        if step == "write" and not records:
                            continue
                        error = self.assertAnswered(call_kw, records, step, args, {})
                        if error:
                            wrong.append(f"{model}.{step}({vals!r:.80}): {error}")
        return wrong


@tagged("post_install", "-at_install")
class TestEveryMethod(EveryMethodMixin, RevisitCommon):
    """K3: whatever a program sends, it gets a result or a sentence."""

    maxDiff = None  # every call that fails is named

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_done()
        cls.callback = cls.make_callback(user_id=cls.agent.id)
        cls.make_issue(callback_id=cls.callback.id)
        cls.make_archive_line()
        cls.make_touch()
        cls.env["revisit.plan"].create({"team_id": cls.team.id})
        cls.env["revisit.script"].create({"name": "Words"})
        cls.env["revisit.workday"].create({"date": date(2026, 3, 7)})
        cls.env["revisit.what.if"].with_user(cls.manager).create(
            {"policy_id": cls.callback.policy_id.id}
        )
        cls.env["revisit.callback.finish"].with_user(cls.agent).create(
            {"callback_id": cls.callback.id}
        )
        cls.env["revisit.callback.gathering"].with_user(cls.agent).create(
            {
                "name": "Symposium",
                "line_ids": [Command.create({"callback_id": cls.callback.id})],
            }
        )

    def test_methods_answer_the_manager(self):
        self.assertEqual(self.walk_methods(self.manager), [])

    def test_methods_answer_the_agent(self):
        self.assertEqual(self.walk_methods(self.agent), [])

    def test_dialogs_open_or_say_why_not(self):
        self.assertEqual(self.walk_contexts(self.manager), [])

    def test_fields_take_values_or_refuse_them(self):
        self.assertEqual(self.walk_values(self.manager), [])
