# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import defaultdict

from odoo import api, fields, models


class RevisitRulebook(models.Model):
    """Reports where two rulebooks ask the same customer about the same event.

    Nothing is blocked: the two may be meant for different products.
    """

    _inherit = "revisit.rulebook"  # pylint: disable=consider-merging-classes-inherited

    overlap_text = fields.Text(
        string="Policies That Overlap", compute="_compute_overlap_text"
    )

    @api.depends(
        "policy_ids.active",
        "policy_ids.trigger_id",
        "policy_ids.level",
        "policy_ids.channel",
        "policy_ids.delay_min",
        "policy_ids.delay_max",
        "policy_ids.delay_unit",
    )
    def _compute_overlap_text(self):
        for rulebook in self:
            rulebook.overlap_text = rulebook._origin._get_overlap_text()

    def _get_overlap_text(self, with_shipped=False):
        """Return one line per pair of policies that overlap, or False.

        :param with_shipped: include the policies that installing would add
        """
        policies = self.env["revisit.policy"].search(
            [
                ("active", "=", True),
                ("company_id", "in", self.company_id.ids),
                ("trigger_id.model_name", "!=", False),
            ]
        )
        mine = policies.filtered(lambda policy: policy.rulebook_id == self)
        others = defaultdict(list)
        for policy in policies - mine:
            others[policy._get_overlap_key()].append(policy)
        shipped = self._get_new_policies() if with_shipped else []
        lines = [
            self._get_overlap_line(policy, other)
            for policy in [*mine, *shipped]
            for other in others[policy._get_overlap_key()]
        ]
        return "\n".join(lines) or False

    def _get_new_policies(self):
        """Return the policies that installing would add, as new records."""
        new = []
        for module, model, header, rows in self._iter_files():
            if model != "revisit.policy":
                continue
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                xmlid = self._get_xmlid(module, cells["id"])
                trigger = self.env.ref(
                    cells.get("trigger_id/id") or "", raise_if_not_found=False
                )
                # policies that the company has deleted are not added again
                if trigger and xmlid not in (self.baseline or {}):
                    new.append(self._make_new_policy(cells, trigger))
        return new

    def _make_new_policy(self, cells, trigger):
        names = ("level", "channel", "contact_type", "delay_unit", "delay_direction")
        return self.env["revisit.policy"].new(
            {
                **{name: cells[name] for name in names if cells.get(name)},
                "name": cells.get(f"name@{self.env.lang}") or cells["name"],
                "trigger_id": trigger.id,
                "delay_min": int(cells.get("delay_min") or 0),
                "delay_max": int(cells.get("delay_max") or 0),
            }
        )

    def _get_overlap_line(self, mine, other):
        values = {
            "mine": mine.name,
            "mine_window": mine.window_text,
            "other": other.name,
            "other_window": other.window_text,
            "trigger": mine.trigger_id.name,
        }
        if other.rulebook_id:
            return self.env._(
                "%(trigger)s: %(mine)s (%(mine_window)s) and %(other)s"
                " (%(other_window)s) of %(rulebook)s",
                rulebook=other.rulebook_id.name,
                **values,
            )
        return self.env._(
            "%(trigger)s: %(mine)s (%(mine_window)s) and %(other)s (%(other_window)s)",
            **values,
        )
