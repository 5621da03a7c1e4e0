# Part of Revisit. See LICENSE file for full copyright and licensing details.
import inspect

from odoo.tests import tagged

from .common import RevisitCommon

OURS = "odoo.addons.revisit_"
# one mixin asks, another one answers
HOOKS = {"_get_part_labels"}


@tagged("post_install", "-at_install")
class TestMixins(RevisitCommon):
    """House: what a model inherits does not get in the way of each other."""

    def test_no_mixin_replaces_a_method_of_another_one(self):
        """House: of two of one name the second is never called, without a word."""
        for name, model in self.registry.items():
            if not name.startswith(("revisit.", "res.partner", "mail.activity")):
                continue
            with self.subTest(model=name):
                self.assertFalse(self.get_hidden(model))

    def get_hidden(self, model):
        """Return ``{method: classes}`` of methods that two mixins of a model define.

        A method that calls ``super()`` extends the other one, and so may a mixin that
        inherits the other.
        """
        seen, hidden = {}, {}
        for cls in model.__mro__:
            if not cls.__module__.startswith(OURS) or not hasattr(cls, "_module"):
                continue
            for method, function in vars(cls).items():
                if method in HOOKS or not inspect.isfunction(function):
                    continue
                code = inspect.unwrap(function).__code__
                for other in seen.get(method, ()):
                    if not self.is_heir(other, cls):
                        hidden.setdefault(method, set()).update(
                            (other.__name__, cls.__name__)
                        )
                if "super" not in code.co_names:
                    seen.setdefault(method, []).append(cls)
        return hidden

    def is_heir(self, cls, other):
        """Return whether a class knows that it extends another one's model."""
        name, wanted = self.get_name(cls), self.get_name(other)
        inherited = {
            self.get_name(parent) for parent in self.registry[name].__mro__
        } - {None}
        return name != wanted and wanted in inherited

    @staticmethod
    def get_name(cls):
        """Return the name of the model that a class defines or extends."""
        inherit = getattr(cls, "_inherit", None)
        if name := vars(cls).get("_name"):
            return name
        return inherit if isinstance(inherit, str) else (inherit or [None])[0]
