# Part of Revisit. See LICENSE file for full copyright and licensing details.
from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.safe_eval import safe_eval


@tagged("post_install", "-at_install")
class TestSearchViews(TransactionCase):
    """Filters of one group are alternatives: any of them lets a record through."""

    def get_groups(self, view):
        """Return the filters of a search view that stand between two separators."""
        root = etree.fromstring(view.get_combined_arch())
        groups = [[]]
        for node in root:
            if node.tag == "filter":
                if "group_by" not in node.get("context", ""):
                    groups[-1].append(node)
            elif node.tag in ("separator", "group"):
                groups.append([])
        return [group for group in groups if len(group) > 1]

    def get_leaf(self, node):
        """Return the field that a filter is about, and the values it lets through."""
        if not node.get("domain"):
            return node.get("date"), [node.get("name")]
        domain = safe_eval(node.get("domain"), {"uid": "uid"})
        name, operator, value = next(leaf for leaf in domain if len(leaf) == 3)
        if operator == "!=":
            return name, [("not", value)]
        if operator in ("<", ">"):
            return name, [f"{operator} {value}"]
        return name, list(value) if operator == "in" else [value]

    def get_ours(self):
        return self.env["ir.ui.view"].search(
            [
                ("type", "=", "search"),
                ("model", "=like", "revisit.%"),
                ("mode", "=", "primary"),
            ]
        )

    def test_filters_of_a_group_exclude_each_other(self):
        """A default such as Open must not swallow what is chosen beside it."""
        views = self.get_ours()
        self.assertGreater(len(views), 15)
        for view in views:
            for group in self.get_groups(view):
                with self.subTest(view=view.name, first=group[0].get("name")):
                    leaves = [self.get_leaf(node) for node in group]
                    self.assertEqual(len({name for name, _values in leaves}), 1)
                    values = [v for _name, given in leaves for v in given]
                    for value in values:
                        if isinstance(value, tuple):
                            self.assertCountEqual(values, [value, value[1]])
                    self.assertEqual(len(values), len(set(values)))
