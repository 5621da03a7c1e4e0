# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitRulebook(models.Model):
    """What a rulebook's rows are called, and which of them wait for the company."""

    _inherit = "revisit.rulebook"

    waiting_policy_ids = fields.Many2many(
        comodel_name="revisit.policy",
        string="Policies That Wait",
        compute="_compute_waiting_policy_ids",
        context={"active_test": False},
        help="Shipped archived, because a number or a choice of theirs is the"
        " company's.",
    )

    @api.depends("policy_ids.active", "baseline")
    def _compute_waiting_policy_ids(self):
        for rulebook in self:
            policies = rulebook.with_context(active_test=False).policy_ids
            rulebook.waiting_policy_ids = policies.filtered(
                lambda policy, r=rulebook: r._is_waiting(policy)
            )

    def _is_waiting(self, policy):
        """Return whether a policy is still as it was shipped: archived."""
        if policy.active or policy.id in (self.stopped_ids or {}).get(policy._name, []):
            return False
        cells = self.baseline or {}
        shipped = [
            cells[xmlid]["active"][0]
            for xmlid in policy._get_external_ids()[policy.id]
            if "active" in cells.get(xmlid, {})
        ]
        return bool(shipped) and shipped[0] == "False"

    def action_open_waiting(self):
        """Open the policies that wait for a choice of the company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_policy_action"
        )
        return {
            **action,
            "name": self.env._("Not Set Yet"),
            "domain": [("id", "in", self.waiting_policy_ids.ids)],
            "context": {"active_test": False},
        }

    def _load_marks(self, module):
        """Mark what is ours on the rows of a release that had no marks yet.

        :param module: whose files are read
        """
        for rulebook in self:
            baseline = dict(rulebook.baseline or {})
            for owner, _model, header, rows in rulebook._iter_files():
                if owner != module or "our_values" not in header:
                    continue
                for row in rows:
                    cells = dict(zip(header, row, strict=True))
                    xmlid = rulebook._get_xmlid(module, cells["id"])
                    record = rulebook._get_record(xmlid)
                    known = baseline.get(xmlid)
                    if record is None or not known or "our_values" in known:
                        continue
                    # marks are the release's, whoever may edit the row
                    record.sudo().our_values = cells["our_values"]
                    cell = rulebook._get_cell(record, "our_values")
                    known = {**known, "our_values": [cells["our_values"], cell]}
                    baseline[xmlid] = known
            rulebook.baseline = baseline

    def _unset_months(self):
        """Take back months that no rule's text gives, where nobody relied on them.

        Older releases left them out of the files, so that these policies came every
        month. Whoever has edited them, activated the policy or planned by it keeps
        them.
        """
        model = "revisit.policy"
        for rulebook in self:
            baseline = dict(rulebook.baseline or {})
            header, rows = rulebook._read_file(
                "revisit_management", rulebook.code, model
            )
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                if cells.get("period_months") != "0":
                    continue
                xmlid = rulebook._get_xmlid("revisit_management", cells["id"])
                policy = rulebook._get_record(xmlid)
                known = baseline.get(xmlid)
                if policy and known and policy._may_unset_months(known):
                    policy.period_months = 0
                    baseline[xmlid] = {**known, "period_months": ["0", 0]}
            rulebook.baseline = baseline

    # ------------------------------------------------------------
    # ROWS OF THE FILES
    # ------------------------------------------------------------

    def _get_file_rows(self):
        """Return {(model, row id): dict} of the shipped rows, as people know them.

        ``name``: in the reader's language; ``our_reading``: labels of the values
        that are not in the rules' text; ``waits``: whether it is shipped archived
        """
        self.ensure_one()
        names, found = {}, {}
        for _module, model, header, rows in self._iter_files():
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                name = self._get_row_name(model, cells, names)
                names[cells["id"]] = name
                reading = cells.get("our_values")
                found[model, cells["id"]] = {
                    "name": name,
                    "our_reading": reading
                    and self.env[model]._describe_values(reading),
                    "waits": cells.get("active") == "False",
                }
        return found

    def _get_row_name(self, model, cells, names):
        """Return a row's name; a row without one is told by its parent's."""
        name = cells.get(f"name@{self.env.lang}") or cells.get("name")
        if name:
            return name
        parents = [
            names[text]
            for column, text in cells.items()
            if column.endswith("/id") and text in names
        ]
        details = [
            dict(field._description_selection(self.env)).get(cells[column])
            for column in cells
            if (field := self.env[model]._fields.get(column))
            and field.type == "selection"
        ]
        return ": ".join([*parents[:1], *filter(None, details[:1])]) or cells["id"]

    def _get_unset_text(self):
        """Return what the shipped files leave to the company, in words."""
        self.ensure_one()
        if self.state == "installed":
            return self.unset_parameters
        header, rows = self._read_file("revisit_management", self.code, self._name)
        cells = dict(zip(header, rows[0], strict=True)) if rows else {}
        name = "unset_parameters"
        return cells.get(f"{name}@{self.env.lang}") or cells.get(name)
